/* A plan that breaks a rule is shrunk to the faults that it takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { known } from "../../src/base/assert.js";
import type { CoreFactory } from "../../src/sim/agent.js";
import { run } from "../../src/sim/run.js";
import { shrink } from "../../src/sim/shrink.js";
import { drawPlan } from "../../src/sim/workload.js";
import { BrokenNode, FLAWS } from "./broken-cores.js";

/** Worlds that are tried until one breaks the rule. */
const SEEDS_MAX = 150;

test("of many faults, the one that matters is left", () => {
  const flaw = known(
    FLAWS.find(({ rule }) => rule === "assert"),
    "there is a node that minds when a link goes",
  );
  const makeCore: CoreFactory = (now, options) => new BrokenNode(now, options, flaw);
  const plan = known(
    Array.from({ length: SEEDS_MAX }, (_, index) => drawPlan(index + 1, 0.5)).find(
      (each) => each.faults.length > 5 && run(each, { makeCore, onlyRule: "assert" }).violation !== undefined,
    ),
    "some world takes an interface away",
  );
  const shrunk = shrink(plan, "assert", makeCore);
  assert.equal(shrunk.faults.length, 1);
  assert.equal(run(shrunk, { makeCore }).violation?.rule, "assert");
  assert.equal(run({ ...shrunk, faults: [] }, { makeCore }).violation, undefined);
});
