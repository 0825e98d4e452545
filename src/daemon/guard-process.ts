import { openSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { flock, schedSetscheduler } from "../os/linux/libc.js";
import { lockMemory } from "../os/linux/memory-lock.js";
import { guardLockFile } from "./guard-protocol.js";

/** Above every ordinary program, below what the kernel itself runs at 50. */
const REALTIME_PRIORITY = 40;
const SCHED = { fifo: 1, resetOnFork: 0x4000_0000 } as const;
const LOWEST_NICE = -20;
const LOCK = { exclusive: 2, nonBlocking: 4 } as const;

/** An older guard needs some milliseconds after the end of its agent. */
const PREDECESSOR_WAIT_MS = 500;
const PREDECESSOR_POLL_MS = 5;

/**
 * Does what is permitted to run at once when the machine is short of time or memory, and to be ended by nobody but its
 * own agent's end. What the kernel refuses is done without.
 */
export function becomeTough(): void {
  process.title = "locum-guard";
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);
  lockMemory();
  const priority = new Uint8Array(4);
  priority[0] = REALTIME_PRIORITY;
  if (schedSetscheduler(0, SCHED.fifo | SCHED.resetOnFork, priority) < 0) tolerant(() => setPriority(0, LOWEST_NICE));
  tolerant(() => writeFileSync("/proc/self/oom_score_adj", "-1000"));
}

/**
 * Waits until the guard of an agent that ended has done its work and is gone. The lock is held until this process ends.
 * @returns false when another guard still runs.
 */
export function becomeSoleGuard(socketPath: string): boolean {
  const file = openSync(guardLockFile(socketPath), "w", 0o600);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < PREDECESSOR_WAIT_MS; waited += PREDECESSOR_POLL_MS) {
    if (flock(file, LOCK.exclusive | LOCK.nonBlocking) >= 0) return true;
    Atomics.wait(sleeper, 0, 0, PREDECESSOR_POLL_MS);
  }
  return false;
}

function tolerant(action: () => void): void {
  try {
    action();
  } catch {
    // Not permitted, or not on this kernel: the guard works without it, only less surely in time.
  }
}
