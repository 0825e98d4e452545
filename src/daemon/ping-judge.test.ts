import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, type Instant } from "../base/time.js";
import { PingJudge } from "./ping-judge.js";

const at = (ms: number): Instant => instant(ms * 1_000);
const TARGET = "10.0.0.2";
const OTHER = "10.0.0.3";

const judgeOf = (
  timeoutMs: number,
  need: "any" | "all" = "any",
  targets: readonly string[] = [TARGET, OTHER],
): PingJudge => new PingJudge({ targets, need, timeout: milliseconds(timeoutMs) }, at(0));

test("three answered rounds in a row make a network work; more answers in one round count once", () => {
  const judge = judgeOf(1_000);
  const verdicts = [0, 1, 2].map((round) => {
    judge.roundStarted();
    judge.answered(TARGET, at(round * 100));
    judge.answered(OTHER, at(round * 100 + 1));
    return judge.judge(at(round * 100 + 2));
  });
  assert.deepEqual(verdicts, [undefined, undefined, true]);
});

test("silence for the timeout is lost, once, and a single answer does not mend it", () => {
  const judge = judgeOf(300);
  assert.equal(judge.judge(at(299)), undefined);
  assert.equal(judge.judge(at(300)), false);
  assert.equal(judge.judge(at(400)), undefined);
  judge.roundStarted();
  judge.answered(TARGET, at(410));
  judge.roundStarted();
  judge.roundStarted();
  judge.answered(TARGET, at(620));
  assert.equal(judge.judge(at(621)), undefined, "a round in between went unanswered");
  for (const ms of [700, 800]) {
    judge.roundStarted();
    judge.answered(TARGET, at(ms));
  }
  assert.equal(judge.judge(at(801)), true);
});

test("where all must answer, one that is silent is enough, and it is named", () => {
  const judge = judgeOf(300, "all");
  for (const ms of [100, 200, 290]) {
    judge.roundStarted();
    judge.answered(TARGET, at(ms));
  }
  assert.equal(judge.silentAt, at(300));
  assert.equal(judge.judge(at(300)), false);
  assert.deepEqual(judge.silent(at(300)), [OTHER]);
  for (const ms of [310, 320, 330]) {
    judge.roundStarted();
    judge.answered(TARGET, at(ms));
    assert.equal(judge.judge(at(ms)), undefined, "one of two is not all");
  }
  const verdicts = [340, 350, 360].map((ms) => {
    judge.roundStarted();
    judge.answered(OTHER, at(ms));
    judge.answered(TARGET, at(ms));
    return judge.judge(at(ms));
  });
  assert.deepEqual(verdicts, [undefined, undefined, true]);
});

test("where any may answer, the last to be silent counts", () => {
  const judge = judgeOf(300);
  judge.answered(OTHER, at(250));
  assert.equal(judge.silentAt, at(550));
  assert.equal(judge.judge(at(549)), undefined);
  assert.equal(judge.judge(at(550)), false);
  assert.deepEqual(judge.silent(at(550)), [TARGET, OTHER]);
});

test("time in which nobody listened is no silence, but is never credited beyond the present", () => {
  const judge = judgeOf(300);
  judge.credit(milliseconds(500), at(400));
  assert.equal(judge.judge(at(699)), undefined);
  assert.equal(judge.judge(at(700)), false);
});

test("a target that is no longer asked does not count, and without any nothing speaks against the path", () => {
  const judge = judgeOf(300, "all");
  judge.answered(TARGET, at(200));
  judge.retarget([TARGET], at(250));
  assert.equal(judge.judge(at(400)), undefined);
  assert.equal(judge.judge(at(500)), false);
  judge.retarget([], at(600));
  assert.equal(judge.silentAt, undefined);
  assert.equal(judge.judge(at(600)), true);
  judge.retarget([OTHER], at(700));
  assert.equal(judge.silentAt, at(1_000), "it is given the time to answer");
});
