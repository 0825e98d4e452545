import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant, milliseconds, seconds } from "../../base/time.js";
import { NOT_HEARD, NOT_JUDGED } from "../../model/heartbeat.js";
import { PeerLink } from "./peer-link.js";

const TIMEOUT = milliseconds(100);
const START = instant(5_000);

test("an age is told in milliseconds, rounded up; marks stand for what has no age", () => {
  const link = new PeerLink(1, START);
  assert.equal(link.age(START, TIMEOUT), NOT_JUDGED);
  assert.equal(link.hear(START), true);
  assert.equal(link.age(START, TIMEOUT), 0);
  assert.equal(link.age(after(START, milliseconds(7.001)), TIMEOUT), 8);
  assert.equal(link.judge(after(START, milliseconds(99)), TIMEOUT), false);
  assert.equal(link.judge(after(START, TIMEOUT), TIMEOUT), true);
  assert.equal(link.age(after(START, TIMEOUT), TIMEOUT), NOT_HEARD);
});

test("after a long stall of this node the age is not judged, rather than wrapped into a small number", () => {
  const link = new PeerLink(1, START);
  link.hear(START);
  const thawed = after(START, milliseconds(65_540));
  link.credit(seconds(100), thawed);
  assert.equal(link.judge(thawed, TIMEOUT), false);
  assert.equal(link.age(thawed, TIMEOUT), NOT_JUDGED);
});
