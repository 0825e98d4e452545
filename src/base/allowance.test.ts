import assert from "node:assert/strict";
import { test } from "node:test";
import { Allowance } from "./allowance.js";
import { instant } from "./time.js";

test("so many at once, and then as many as come back with time, never more than at once", () => {
  let nowMs = 0;
  const allowance = new Allowance({ atOnce: 3, perSecond: 2 });
  const taken = (): number => [1, 2, 3, 4, 5].filter(() => allowance.take(instant(nowMs * 1_000))).length;
  assert.equal(taken(), 3);
  nowMs += 499;
  assert.equal(taken(), 0);
  nowMs += 1;
  assert.equal(taken(), 1);
  nowMs += 60_000;
  assert.equal(taken(), 3);
});

test("what cost more is made up for before anything else may be done", () => {
  const allowance = new Allowance({ atOnce: 3, perSecond: 2 });
  assert.equal(allowance.take(instant(0)), true);
  allowance.charge(4);
  assert.deepEqual(
    [1_000, 1_499, 1_500].map((ms) => allowance.take(instant(ms * 1_000))),
    [false, false, true],
  );
});
