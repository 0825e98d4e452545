import { openSync } from "node:fs";
import { flock } from "../../os/linux/libc.js";
import { lockMemory } from "../../os/linux/memory-lock.js";
import { avoidOutOfMemoryKiller } from "../../os/linux/out-of-memory.js";
import { raisePriority } from "../../os/linux/scheduling.js";
import { sleep } from "../../os/linux/sleep.js";
import { guardLockFile } from "./guard-protocol.js";

/** Before the agent's own threads: there is nothing more urgent than what the guard does, and it takes a millisecond. */
const REALTIME_PRIORITY = 40;
const LOCK = { exclusive: 2, nonBlocking: 4 } as const;

/**
 * What a service manager, a terminal or an administrator send to all processes of a service. The guard ends with its
 * agent, so that the service manager waits for its work to be done. (Node's handler is what keeps the signal from
 * ending the process; it is never run.)
 */
const IGNORED_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR2"] as const;

/** Longer than a guard takes that stops units and resources first. */
const PREDECESSOR_WAIT_MS = 3_000;
const PREDECESSOR_POLL_MS = 5;

/**
 * Does what is permitted to run at once when the machine is short of time or memory, and to be ended by nobody but its
 * own agent's end. What the kernel refuses is done without.
 */
export function becomeTough(): void {
  process.title = "locum-guard";
  for (const signal of IGNORED_SIGNALS) process.on(signal, () => undefined);
  lockMemory();
  raisePriority(REALTIME_PRIORITY);
  avoidOutOfMemoryKiller();
}

/**
 * Waits until the guard of an agent that ended has done its work and is gone. The lock is held until this process ends.
 * @returns false when another guard still runs.
 */
export function becomeSoleGuard(socketPath: string): boolean {
  const file = openSync(guardLockFile(socketPath), "w", 0o600);
  for (let waited = 0; waited < PREDECESSOR_WAIT_MS; waited += PREDECESSOR_POLL_MS) {
    if (flock(file, LOCK.exclusive | LOCK.nonBlocking) >= 0) return true;
    sleep(PREDECESSOR_POLL_MS);
  }
  return false;
}
