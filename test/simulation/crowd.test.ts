/*
 * Whole clusters whose nodes have little room: nobody ever claims more than it has room for, whatever breaks, and in the
 * end whatever fits is placed, and all agree.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Node } from "../../src/core/node.js";
import { drawCrowdedPlan } from "../../src/sim/crowd-workload.js";
import { run } from "../../src/sim/run.js";

const FROM = Number(process.env["CROWD_FROM"] ?? 1);
const SEEDS = Number(process.env["CROWD_SEEDS"] ?? 12);

test(`${SEEDS} crowded seeds of a virtual minute of faults and their aftermath`, () => {
  const broken: string[] = [];
  const marks = new Map<string, number>();
  for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
    const outcome = run(drawCrowdedPlan(seed, 1), { makeCore: (now, options) => new Node(now, options) });
    for (const [mark, times] of outcome.marks) marks.set(mark, (marks.get(mark) ?? 0) + times);
    const { violation } = outcome;
    if (violation !== undefined)
      broken.push(`seed ${seed}: ${violation.rule} at ${violation.at}: ${violation.message}`);
  }
  assert.deepEqual(broken, []);
  assert.ok((marks.get("finding.raised: service-waiting") ?? 0) > 0, "some services had to wait");
});
