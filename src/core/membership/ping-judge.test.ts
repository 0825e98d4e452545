import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, type Instant } from "../../base/time.js";
import { PingJudge } from "./ping-judge.js";

const LAN = { interval: milliseconds(25), timeout: milliseconds(100) };

const at = (ms: number): Instant => instant(ms * 1_000);

test("three answered rounds in a row make a network work; more answers in one round count once", () => {
  const judge = new PingJudge({ interval: milliseconds(100), timeout: milliseconds(1_000) }, at(0));
  const verdicts = [0, 1, 2].map((round) => {
    judge.roundStarted();
    judge.answered(at(round * 100));
    judge.answered(at(round * 100 + 1));
    return judge.judge(at(round * 100 + 2));
  });
  assert.deepEqual(verdicts, [undefined, undefined, true]);
});

test("silence for the timeout is lost, once, and a single answer does not mend it", () => {
  const judge = new PingJudge({ interval: milliseconds(100), timeout: milliseconds(300) }, at(0));
  assert.equal(judge.judge(at(299)), undefined);
  assert.equal(judge.judge(at(300)), false);
  assert.equal(judge.judge(at(400)), undefined);
  judge.roundStarted();
  judge.answered(at(410));
  judge.roundStarted();
  judge.roundStarted();
  judge.answered(at(620));
  assert.equal(judge.judge(at(621)), undefined, "a round in between went unanswered");
  for (const ms of [700, 800]) {
    judge.roundStarted();
    judge.answered(at(ms));
  }
  assert.equal(judge.judge(at(801)), true);
});

test("that answers stay out is said well before the verdict, once, and the next answer takes it back", () => {
  const judge = new PingJudge(LAN, at(0));
  assert.equal(judge.noticeAnswers(at(0)), true);
  assert.deepEqual([judge.silentAt, judge.noticeAnswers(at(62))], [instant(62_500), undefined]);
  assert.deepEqual([judge.noticeAnswers(at(63)), judge.silentAt], [false, at(100)]);
  assert.equal(judge.noticeAnswers(at(80)), undefined);
  judge.answered(at(90));
  assert.equal(judge.noticeAnswers(at(90)), true);
  assert.equal(judge.judge(at(100)), undefined);
});

test("whatever the times of detection, a peer that is cut off with the targets is not silent before they are", () => {
  for (const [interval, timeout] of [
    [25, 100],
    [10, 30],
    [250, 1_500],
  ] as const) {
    const judge = new PingJudge({ interval: milliseconds(interval), timeout: milliseconds(timeout) }, at(0));
    judge.noticeAnswers(at(0));
    const cutAt = 0;
    const peerSilentAt = cutAt - interval + timeout;
    assert.equal(judge.noticeAnswers(at(1.4 * interval)), undefined, "one answer may be late");
    assert.equal(judge.noticeAnswers(at(peerSilentAt)), false);
  }
});
