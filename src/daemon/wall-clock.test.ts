import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../base/time.js";
import { WallClock } from "./wall-clock.js";

test("an instant is placed by its distance from now, whatever became of the time of day", () => {
  let wallMs = Date.UTC(2026, 0, 1, 0, 0, 10);
  const clock = new WallClock(
    () => instant(70_000_000),
    () => wallMs,
  );
  assert.equal(clock.toIso(instant(62_500_000)), "2026-01-01T00:00:02.500Z");
  wallMs += 3_600_000;
  assert.equal(clock.toIso(instant(62_500_000)), "2026-01-01T01:00:02.500Z");
});
