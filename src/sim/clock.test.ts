import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "../base/time.js";
import { HostClock, WorldClock, worldTime } from "./clock.js";

test("a moment of a drifting clock maps to the first moment of the world that shows it", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e12 }),
      fc.double({ min: 0.99, max: 1.01, noNaN: true }),
      fc.integer({ min: 0, max: 1e10 }),
      (offset, rate, wait) => {
        const world = new WorldClock();
        const clock = new HostClock(world, { offset, rate });
        const moment = instant(offset + wait);
        world.now = clock.worldTimeOf(moment);
        assert.ok(clock.now() >= moment);
        if (world.now === 0) return;
        world.now = worldTime(world.now - 1);
        assert.ok(clock.now() < moment);
      },
    ),
  );
});

test("a moment that is past maps to now", () => {
  const world = new WorldClock();
  const clock = new HostClock(world, { offset: 500, rate: 1 });
  world.now = worldTime(1_000);
  assert.equal(clock.worldTimeOf(instant(700)), 1_000);
});
