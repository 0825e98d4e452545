import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { worldTime } from "./clock.js";
import { EventQueue } from "./event-queue.js";

test("occurrences happen by time, and those of one time in the order of planning", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const queue = new EventQueue();
      const happened: [number, number][] = [];
      times.forEach((time, order) => queue.plan(worldTime(time), { happen: () => happened.push([time, order]) }));
      while (queue.size > 0) queue.take()?.happen();
      assert.deepEqual(
        happened,
        times.map((time, order): [number, number] => [time, order]).sort((a, b) => a[0] - b[0] || a[1] - b[1]),
      );
    }),
  );
});

test("planning while taking keeps the order", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 200 }), (steps) => {
      const queue = new EventQueue();
      let now = 0;
      for (const [delay, takes] of steps) {
        queue.plan(worldTime(now + delay), { happen: () => undefined });
        if (!takes) continue;
        const at = queue.nextAt();
        assert.ok(at !== undefined && at >= now);
        now = at;
        queue.take();
      }
    }),
  );
});
