import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, type Instant } from "../../base/time.js";
import { PingJudge, quietAfter } from "./ping-judge.js";

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

test("with nobody to ask, nothing speaks against it, whoever was silent before", () => {
  const judge = judgeOf(300, "any", []);
  assert.equal(judge.judge(at(0)), undefined, "nobody was to be asked yet");
  judge.roundStarted();
  judge.retarget([], at(1));
  assert.equal(judge.judge(at(2)), true);
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

const watching = (intervalMs: number, timeoutMs: number): PingJudge => {
  const detection = { interval: milliseconds(intervalMs), timeout: milliseconds(timeoutMs) };
  const { timeout } = detection;
  return new PingJudge({ targets: [TARGET], need: "any", timeout, quietAfter: quietAfter(detection) }, at(0));
};

test("that answers stay out is said well before the verdict, once, and the next answer takes it back", () => {
  const judge = watching(25, 100);
  assert.equal(judge.noticeAnswers(at(0)), true);
  assert.deepEqual([judge.silentAt, judge.noticeAnswers(at(62))], [instant(62_500), undefined]);
  assert.deepEqual([judge.noticeAnswers(at(63)), judge.silentAt], [false, at(100)]);
  assert.equal(judge.noticeAnswers(at(80)), undefined);
  judge.answered(TARGET, at(90));
  assert.equal(judge.noticeAnswers(at(90)), true);
  assert.equal(judge.judge(at(100)), undefined);
});

test("whatever the times of detection, a peer that is cut off with the targets is not silent before they are", () => {
  for (const [interval, timeout] of [
    [25, 100],
    [10, 30],
    [250, 1_500],
  ] as const) {
    const judge = watching(interval, timeout);
    judge.noticeAnswers(at(0));
    const cutAt = 0;
    const peerSilentAt = cutAt - interval + timeout;
    assert.equal(judge.noticeAnswers(at(1.4 * interval)), undefined, "one answer may be late");
    assert.equal(judge.noticeAnswers(at(peerSilentAt)), false);
  }
});

test("who does not ask whether answers stay out is not told", () => {
  const judge = judgeOf(300);
  assert.deepEqual([judge.silentAt, judge.noticeAnswers(at(299))], [at(300), undefined]);
});
