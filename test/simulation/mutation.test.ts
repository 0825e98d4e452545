/* Each rule of the simulation is seen failing: nodes that are broken on purpose must not get through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../../src/sim/run.js";
import { drawPlan } from "../../src/sim/workload.js";
import { BrokenNode, FLAWS, type Flaw } from "./broken-cores.js";

/** Worlds that a flaw may get through before it is noticed. */
const SEEDS_MAX = 40;
const MINUTES = 0.3;

function seedThatNotices(flaw: Flaw): number | undefined {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const { violation } = run(drawPlan(seed, MINUTES), {
      makeCore: (now, options) => new BrokenNode(now, options, flaw),
      onlyRule: flaw.rule,
    });
    if (violation !== undefined) return seed;
  }
  return undefined;
}

for (const flaw of FLAWS) {
  test(`rule "${flaw.rule}" notices a node that ${flaw.what}`, () => {
    assert.notEqual(seedThatNotices(flaw), undefined, `no world of ${SEEDS_MAX} noticed it`);
  });
}
