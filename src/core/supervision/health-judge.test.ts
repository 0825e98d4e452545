import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { milliseconds } from "../../base/time.js";
import { HealthJudge } from "./health-judge.js";

const ms = milliseconds;
const GOOD = { problem: undefined, took: ms(1) };
const SLOW = { problem: undefined, took: ms(80) };
const BAD = { problem: "connection refused", took: ms(1) };
const judge = () => new HealthJudge({ fail: 3, slow: ms(50) });
const verdicts = (on: HealthJudge, answers: readonly (typeof GOOD | typeof BAD)[]) =>
  answers.map((answer) => on.hear(answer)).filter((verdict) => verdict !== undefined);

test("failing after so many in a row, healthy after one good answer, each said once", () => {
  assert.deepEqual(verdicts(judge(), [GOOD, GOOD, BAD, BAD, BAD, BAD, GOOD, GOOD]), ["healthy", "failing", "healthy"]);
});

test("a good answer in between begins the count anew", () => {
  assert.deepEqual(verdicts(judge(), [GOOD, BAD, BAD, GOOD, BAD, BAD, SLOW, BAD, BAD]), ["healthy"]);
});

test("slow after so many slow ones in a row, and a failing one that answers slowly is failing no more", () => {
  assert.deepEqual(verdicts(judge(), [GOOD, SLOW, SLOW, SLOW, GOOD]), ["healthy", "slow", "healthy"]);
  assert.deepEqual(verdicts(judge(), [BAD, BAD, BAD, SLOW, SLOW, SLOW]), ["failing", "healthy", "slow"]);
});

test("without a limit nothing is slow", () => {
  assert.deepEqual(verdicts(new HealthJudge({ fail: 1, slow: undefined }), [SLOW, SLOW, BAD]), ["healthy", "failing"]);
});

test("never failing without as many bad answers at the end of what was heard", () => {
  const answers = fc.array(fc.constantFrom(GOOD, SLOW, BAD), { maxLength: 30 });
  fc.assert(
    fc.property(answers, fc.integer({ min: 1, max: 4 }), (heard, fail) => {
      const on = new HealthJudge({ fail, slow: ms(50) });
      for (const [index, answer] of heard.entries()) {
        const last = heard.slice(Math.max(0, index + 1 - fail), index + 1);
        if (on.hear(answer) === "failing") assert.ok(last.length === fail && last.every((each) => each === BAD));
      }
    }),
  );
});
