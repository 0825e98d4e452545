/* A plan that breaks a rule is shrunk to the faults that it takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { known } from "../../src/base/assert.js";
import type { CoreFactory } from "../../src/sim/agent.js";
import { run } from "../../src/sim/run.js";
import { shrink } from "../../src/sim/shrink.js";
import { drawPlan } from "../../src/sim/workload.js";
import { BrokenNode, FLAWS } from "./broken-cores.js";

test("of many faults, the one that matters is left", () => {
  const flaw = known(
    FLAWS.find(({ rule }) => rule === "assert"),
    "there is a node that minds when a link goes",
  );
  const makeCore: CoreFactory = (now, options) => new BrokenNode(now, options, flaw);
  const plan = drawPlan(known(flaw.seed, "its world is known"), 0.5);
  assert.ok(plan.faults.length > 5);
  const shrunk = shrink(plan, "assert", makeCore);
  assert.deepEqual(
    shrunk.faults.map(({ trouble }) => trouble.kind),
    ["interface-deleted"],
  );
  assert.equal(run(shrunk, { makeCore }).violation?.rule, "assert");
});
