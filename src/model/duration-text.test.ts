import assert from "node:assert/strict";
import { test } from "node:test";
import { microseconds, milliseconds, seconds } from "../base/time.js";
import { durationText } from "./duration-text.js";

test("spans as a person says them", () => {
  assert.equal(durationText(microseconds(0)), "0 ms");
  assert.equal(durationText(microseconds(420)), "0.4 ms");
  assert.equal(durationText(milliseconds(4.2)), "4.2 ms");
  assert.equal(durationText(milliseconds(9.97)), "10 ms");
  assert.equal(durationText(milliseconds(103.4)), "103 ms");
  assert.equal(durationText(milliseconds(999.7)), "1 s");
  assert.equal(durationText(seconds(2.54)), "2.5 s");
  assert.equal(durationText(seconds(59.6)), "60 s");
  assert.equal(durationText(seconds(59.96)), "1 min");
  assert.equal(durationText(seconds(725)), "12 min 5 s");
  assert.equal(durationText(seconds(3_600)), "1 h");
  assert.equal(durationText(seconds(3_605)), "1 h");
  assert.equal(durationText(seconds(86_400 * 3 + 4 * 3_600)), "3 d 4 h");
});
