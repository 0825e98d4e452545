import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { inMilliseconds } from "../../base/time.js";
import { type ProcessLoad, readProcessLoad } from "./process-load.js";

const skip = existsSync("/proc/self/schedstat") && existsSync("/usr/bin/taskset") ? false : "the kernel does not count";

const LOOP = ["/bin/sh", "-c", "while :; do :; done"];

/** Runs without end, where all others of this test do. */
function busy(t: TestContext, ...before: readonly string[]): number {
  const [command = "", ...words] = ["/usr/bin/taskset", "-c", "0", ...before, ...LOOP];
  const child: ChildProcess = spawn(command, words, { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  return child.pid ?? assert.fail("it runs");
}

const load = (pid: number): ProcessLoad => readProcessLoad(pid) ?? assert.fail("it runs");

test("a process that others keep from running waits, and one that was stopped does not", { skip }, async (t) => {
  const [starved] = [busy(t, "/usr/bin/nice", "-n", "19"), busy(t), busy(t)];
  await pause(300);
  const before = load(starved);
  while (inMilliseconds(load(starved).waited) < inMilliseconds(before.waited) + 300) await pause(50);
  const after = load(starved);
  assert.equal(after.state, "R");
  assert.ok(after.ran - before.ran < after.waited - before.waited, "it got the smaller part");
  process.kill(starved, "SIGSTOP");
  while (load(starved).state !== "T") await pause(10);
  const stopped = load(starved);
  await pause(300);
  assert.deepEqual(load(starved), stopped);
});

test("of a process that is gone nothing is known", () => {
  assert.equal(readProcessLoad(2 ** 22 + 1), undefined);
});
