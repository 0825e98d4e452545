import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../base/time.js";
import { ChangeLimit } from "./change-limit.js";

const at = (s: number) => instant(s * 1_000_000);

test("so many changes in a row, then as many a second as are allowed; who exceeds it is told of for a while", () => {
  const limit = new ChangeLimit({ atOnce: 5, perSecond: 2 });
  const admitted = (now: number): number => {
    let count = 0;
    while (count < 100 && limit.admits(at(now))) count += 1;
    return count;
  };
  const exceededAt = (now: number): boolean => {
    limit.forget(at(now));
    return limit.exceededUntil !== undefined;
  };
  assert.equal(exceededAt(0), false);
  assert.deepEqual([admitted(0), admitted(0), admitted(1), admitted(100)], [5, 0, 2, 5]);
  assert.deepEqual([exceededAt(109), exceededAt(110)], [true, false]);
});
