import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hasCapability, ownCapabilities } from "./capabilities.js";
import { gettid } from "./libc.js";
import { HASTE_PRIORITY, hasten, relax } from "./scheduling.js";

const skip = hasCapability(ownCapabilities(), "CAP_SYS_NICE") ? false : "needs CAP_SYS_NICE";

/** Niceness, real-time priority and policy of this thread: fields 19, 40 and 41 of proc_pid_stat(5). */
function standing(): readonly (string | undefined)[] {
  const fields = readFileSync(`/proc/self/task/${gettid()}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return [fields[16], fields[37], fields[38]];
}

test("a hastened thread runs in real time until it is relaxed, and is as nice as before", { skip }, () => {
  const before = standing();
  hasten(gettid());
  assert.deepEqual(standing().slice(1), [String(HASTE_PRIORITY), "1"]);
  relax(gettid());
  assert.deepEqual(standing(), before);
});
