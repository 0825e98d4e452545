import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, type Instant } from "../base/time.js";
import { PingJudge } from "./ping-judge.js";

const at = (ms: number): Instant => instant(ms * 1_000);

test("three answered rounds in a row make a network work; more answers in one round count once", () => {
  const judge = new PingJudge(milliseconds(1_000), at(0));
  const verdicts = [0, 1, 2].map((round) => {
    judge.roundStarted();
    judge.answered(at(round * 100));
    judge.answered(at(round * 100 + 1));
    return judge.judge(at(round * 100 + 2));
  });
  assert.deepEqual(verdicts, [undefined, undefined, true]);
});

test("silence for the timeout is lost, once, and a single answer does not mend it", () => {
  const judge = new PingJudge(milliseconds(300), at(0));
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
