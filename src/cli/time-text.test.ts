import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSince } from "./since.js";
import { preciseTimeText, sinceText, timeText } from "./time-text.js";

process.env["TZ"] = "UTC";
const NOW = new Date("2026-03-01T14:10:00.000Z");

test("a time is as short as it is clear", () => {
  assert.equal(timeText(new Date("2026-03-01T03:02:01Z"), NOW), "03:02:01");
  assert.equal(timeText(new Date("2026-02-28T23:59:59Z"), NOW), "Feb 28 23:59");
  assert.equal(timeText(new Date("2025-12-31T23:59:59Z"), NOW), "2025-12-31 23:59");
  assert.equal(preciseTimeText(new Date("2026-03-01T03:02:01.004Z")), "03:02:01.004");
});

test("an age goes with the time", () => {
  assert.equal(sinceText("2026-03-01T14:09:59.400Z", NOW), "14:09:59 (now)");
  assert.equal(sinceText("2026-03-01T14:06:55Z", NOW), "14:06:55 (3 min 5 s)");
  assert.equal(sinceText("2026-03-01T14:10:05Z", NOW), "14:10:05 (now)", "a peer's clock may be ahead");
});

test("--since takes what people write", () => {
  const iso = (text: string): string => parseSince(text, NOW).toISOString();
  assert.equal(iso("10m"), "2026-03-01T14:00:00.000Z");
  assert.equal(iso("1.5h"), "2026-03-01T12:40:00.000Z");
  assert.equal(iso("14:03"), "2026-03-01T14:03:00.000Z");
  assert.equal(iso("14:30:15"), "2026-02-28T14:30:15.000Z", "the latest such time that is past");
  assert.equal(iso("2026-02-01"), "2026-02-01T00:00:00.000Z");
  assert.equal(iso("2026-02-01 10:00"), "2026-02-01T10:00:00.000Z");
  assert.equal(iso("2026-02-01T10:00:00.5+01:00"), "2026-02-01T09:00:00.500Z");
  for (const text of ["", "yesterday", "10", "25:00", "14:60", "2026-13-01", "2026-02-01Tx", "-5m"]) {
    assert.throws(() => parseSince(text, NOW), /Write 10m or 2h/, text);
  }
});
