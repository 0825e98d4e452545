import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant } from "../../base/time.js";
import { Announcements } from "./announcements.js";

const at = (ms: number): Instant => instant(ms * 1_000);

/** The times, in milliseconds, at which it announces until `end`, served at its deadlines. */
function timesUntil(announcements: Announcements, end: number): readonly number[] {
  const times: number[] = [];
  while (announcements.due <= at(end)) {
    const now = announcements.due;
    if (announcements.take(now)) times.push(now / 1_000);
  }
  return times;
}

test("an address is announced at once, in a burst, then every minute", () => {
  assert.deepEqual(timesUntil(new Announcements(at(0)), 130_000), [0, 20, 100, 500, 2_000, 62_000, 122_000]);
});

test("a rival starts the burst anew", () => {
  const announcements = new Announcements(at(0));
  timesUntil(announcements, 5_000);
  announcements.restart(at(10_000));
  assert.deepEqual(timesUntil(announcements, 13_000), [10_000, 10_020, 10_100, 10_500, 12_000]);
});

test("a rival without end is answered no more than ten times a second", () => {
  const announcements = new Announcements(at(0));
  let announced = 0;
  for (let ms = 0; ms < 1_000; ms += 1) {
    announcements.restart(at(ms));
    if (announcements.take(at(ms))) announced += 1;
  }
  assert.ok(announced >= 5 && announced <= 12, `${announced} announcements`);
});

test("a deadline served late is not made up for", () => {
  const announcements = new Announcements(at(0));
  assert.equal(announcements.take(at(10_000)), true);
  assert.ok(announcements.due > at(10_000));
});
