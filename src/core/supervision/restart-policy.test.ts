import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, after, instant, milliseconds, seconds } from "../../base/time.js";
import type { RestartConfig } from "../../model/program.js";
import { RestartPolicy } from "./restart-policy.js";

const FAILED = { kind: "status", status: 1 } as const;
const WITHOUT_END: RestartConfig = {
  delays: [seconds(0)],
  within: milliseconds(1),
  reset: seconds(600),
  exits: { "*": "restart" },
  exhausted: { kind: "move" },
};

/** When a program is started again that ends 10 ms after each start, in milliseconds from its first end. */
function startsOf(config: RestartConfig, count: number): readonly number[] {
  const policy = new RestartPolicy(config);
  const starts: number[] = [];
  let now: Instant = instant(0);
  while (starts.length < count) {
    const next = policy.ended(now, FAILED, undefined);
    assert.ok(next.kind === "restart");
    now = after(now, next.delay);
    starts.push(now / 1_000);
    now = after(now, milliseconds(10));
  }
  return starts;
}

test("restarts that a policy puts no end to are spaced out", () => {
  assert.deepEqual(startsOf(WITHOUT_END, 11), [0, 10, 20, 30, 40, 10_000, 10_010, 10_020, 10_030, 10_040, 20_000]);
});

test("a longer delay of the policy stays as it is", () => {
  const delays = Array.from({ length: 7 }, () => seconds(4));
  const starts = startsOf({ ...WITHOUT_END, delays, within: seconds(60) }, 7);
  assert.deepEqual(starts, [4_000, 8_010, 12_020, 16_030, 20_040, 24_050, 28_060]);
});

test("after an operator's word the first restart is at once again", () => {
  const policy = new RestartPolicy(WITHOUT_END);
  const end = (at: number): unknown => policy.ended(instant(at * 1_000), FAILED, undefined);
  for (const at of [0, 10, 20, 30, 40]) end(at);
  policy.forgive();
  assert.deepEqual(end(50), { kind: "restart", delay: 0, nth: 1, of: 1, within: milliseconds(1) });
});

test("a program that comes to its end where no other node can have the service says when it is tried again", () => {
  const policy = new RestartPolicy({ ...WITHOUT_END, delays: [] });
  const end = (): unknown => policy.ended(instant(0), FAILED, undefined);
  assert.deepEqual(end(), { kind: "move", usedUp: 0 });
  policy.forgive();
  policy.isAlone = true;
  assert.deepEqual(end(), { kind: "move", usedUp: 0, again: policy.lonelyDelay });
});
