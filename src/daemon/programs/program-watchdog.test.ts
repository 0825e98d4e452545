import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../../base/time.js";
import { ProgramWatchdog } from "./program-watchdog.js";

test("what waits to be read counts before a silence does", async () => {
  let waiting = 3;
  const problem = await new Promise<string | undefined>((resolve) => {
    const watchdog: ProgramWatchdog = new ProgramWatchdog({
      readRest: () => {
        if (waiting === 0) return;
        waiting -= 1;
        watchdog.feed();
      },
      onVerdict: resolve,
    });
    watchdog.set(milliseconds(50));
    watchdog.arm();
  });
  assert.deepEqual([problem, waiting], ["no WATCHDOG=1 within 50 ms", 0]);
});

test("a span that is longer than any timer can be is waited for all the same", async (t) => {
  const problems: unknown[] = [];
  const watchdog = new ProgramWatchdog({ readRest: () => {}, onVerdict: (problem) => problems.push(problem) });
  t.after(() => watchdog.end());
  watchdog.set(seconds(50 * 24 * 3_600));
  watchdog.arm();
  // Node makes a millisecond of it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(problems, []);
});
