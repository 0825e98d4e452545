import assert from "node:assert/strict";
import { test } from "node:test";
import { type Duration, inMilliseconds, milliseconds, seconds } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import type { ProgramInput } from "../../model/program.js";
import { programConfig } from "../../../test/support/program-config.js";
import { CaughtUpWatch, ReadyWatch } from "./program-health.js";

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

/** What a standby says whose answers are these, in turn; `late`: it comes after its time. */
async function heardOf(answers: readonly (string | undefined | "late")[]): Promise<readonly (string | undefined)[]> {
  const caughtUp = { probe: PROBE, interval: milliseconds(10), timeout: milliseconds(20) };
  const config = programConfig("db", { standby: true, caughtUp });
  const heard: (string | undefined)[] = [];
  const left = [...answers];
  let watch: CaughtUpWatch | undefined;
  await new Promise<void>((resolve) => {
    const ask = async (_command: readonly string[], timeout: Duration): Promise<string | undefined> => {
      if (left.length === 0) resolve();
      const answer = left.shift();
      if (answer === "late") await new Promise((late) => setTimeout(late, inMilliseconds(timeout)));
      return answer;
    };
    const say = (input: ProgramInput): void => {
      if (input.kind === "program-caught-up") heard.push(input.problem);
    };
    watch = new CaughtUpWatch({ run: 1, service: serviceName("shop"), config, role: "standby" }, ask, say);
    watch.follow("standby");
  });
  watch?.end();
  return heard;
}

test("a standby tells whether it has caught up at first, and whenever that changes; what is late changes nothing", async () => {
  assert.deepEqual(await heardOf(["no", "no", undefined, undefined, "late", "no", undefined]), [
    "no",
    undefined,
    "no",
    undefined,
  ]);
  assert.deepEqual(await heardOf(["late", undefined]), [undefined]);
});

test("nobody asks a holder whether it has caught up, nor a program that ends", async () => {
  const caughtUp = { probe: PROBE, interval: milliseconds(1), timeout: milliseconds(20) };
  const config = programConfig("db", { standby: true, caughtUp });
  const roles: string[] = [];
  let role = "standby";
  let answer: () => void = () => {};
  const ask = (): Promise<undefined> => {
    roles.push(role);
    answer();
    return Promise.resolve(undefined);
  };
  const watch = new CaughtUpWatch({ run: 1, service: serviceName("shop"), config, role: "standby" }, ask, () => {});
  const asked = new Promise<void>((resolve) => (answer = resolve));
  watch.follow("standby");
  await asked;
  role = "holder";
  watch.follow("holder");
  await new Promise((later) => setTimeout(later, 20));
  role = "ended";
  watch.end();
  watch.follow("standby");
  await new Promise((later) => setTimeout(later, 20));
  assert.deepEqual([...new Set(roles)], ["standby"]);
});
