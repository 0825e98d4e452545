/* Each rule of the simulation is seen failing: nodes that are broken on purpose must not get through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CoreFactory } from "../../src/sim/agent.js";
import type { Plan } from "../../src/sim/plan.js";
import { run } from "../../src/sim/run.js";
import { drawPlan } from "../../src/sim/workload.js";
import { BrokenNode, FLAWS, type Flaw } from "./broken-cores.js";

/** Worlds that a flaw may get through before it is noticed; its own is tried first, and stays so until worlds are drawn otherwise. */
const SEEDS_MAX = 150;
const MINUTES = 0.5;

function seedThatNotices(flaw: Flaw): number | undefined {
  if (flaw.plan !== undefined) return isNoticed(flaw, flaw.plan) ? flaw.plan.seed : undefined;
  const others = Array.from({ length: SEEDS_MAX }, (_, index) => index + 1);
  return [...(flaw.seed === undefined ? [] : [flaw.seed]), ...others].find((seed) =>
    isNoticed(flaw, drawPlan(seed, MINUTES)),
  );
}

function isNoticed(flaw: Flaw, plan: Plan): boolean {
  const makeCore: CoreFactory = (now, options) => new BrokenNode(now, options, flaw);
  return run(plan, { makeCore, onlyRule: flaw.rule }).violation !== undefined;
}

for (const flaw of FLAWS) {
  test(`rule "${flaw.rule}" notices a node that ${flaw.what}`, (t) => {
    const seed = seedThatNotices(flaw);
    assert.notEqual(seed, undefined, `no world of ${SEEDS_MAX} noticed it`);
    t.diagnostic(`noticed in the world of seed ${seed}`);
  });
}
