import assert from "node:assert/strict";
import { test } from "node:test";
import { type Duration, inMilliseconds, seconds } from "../../base/time.js";
import { ReadyWatch } from "./program-health.js";

const PROBE = { kind: "exec", command: ["/bin/ask"] } as const;

test("a question that hangs keeps the next one from nothing, and is given up when that was answered", async () => {
  const asked: Duration[] = [];
  let givenUp = 0;
  let watch: ReadyWatch | undefined;
  await new Promise<void>((resolve) => {
    const ask = (_command: readonly string[], timeout: Duration, signal?: AbortSignal): Promise<string | undefined> => {
      asked.push(timeout);
      signal?.addEventListener("abort", () => (givenUp += 1));
      // The third one is the first to find the program ready.
      if (asked.length === 3) return Promise.resolve(undefined);
      return new Promise((late) => setTimeout(late, inMilliseconds(timeout), "no answer"));
    };
    watch = new ReadyWatch(PROBE, ask, resolve);
  });
  watch?.end();
  assert.deepEqual(asked, [seconds(1), seconds(2), seconds(1)]);
  assert.equal(givenUp, 2, "the one that hangs, beside the one that was answered");
});

test("what takes long to answer is asked with ever more time, and never more than twice at once", async () => {
  const timeouts: Duration[] = [];
  let [now, most] = [0, 0];
  let watch: ReadyWatch | undefined;
  await new Promise<void>((resolve) => {
    const ask = async (_command: readonly string[], timeout: Duration): Promise<string | undefined> => {
      timeouts.push(timeout);
      now += 1;
      most = Math.max(most, now);
      const isGood = timeout > seconds(2);
      await new Promise((done) => setTimeout(done, isGood ? 1 : inMilliseconds(timeout)));
      now -= 1;
      return isGood ? undefined : "no answer";
    };
    watch = new ReadyWatch(PROBE, ask, resolve);
  });
  watch?.end();
  assert.ok(timeouts.includes(seconds(4)));
  assert.equal(most, 2);
});
