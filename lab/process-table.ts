import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { signalIfThere } from "../src/os/node/signal-if-there.js";

/** A process that forks as fast as it is looked for is given up after so many looks. */
const ROUNDS_MAX = 50;

/** The processes that run in a network namespace now, whoever started them. */
export function processesIn(namespacePath: string): readonly number[] {
  const wanted = `net:[${statSync(namespacePath).ino}]`;
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && namespaceOf(entry) === wanted)
    .map(Number);
}

/** Name of a process; empty when it has ended. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
  } catch {
    return "";
  }
}

/**
 * Signals every process of a network namespace, those first that are known beforehand, and looks again until no
 * process is left that has not had the signal: one may fork while it is being looked for.
 */
export function signalAll(namespacePath: string, known: readonly number[], signal: NodeJS.Signals): number {
  const signalled = new Set<number>();
  let fresh = known;
  for (let round = 0; round < ROUNDS_MAX && (round === 0 || fresh.length > 0); round += 1) {
    for (const pid of fresh) {
      signalIfThere(pid, signal);
      signalled.add(pid);
    }
    fresh = processesIn(namespacePath).filter((pid) => !signalled.has(pid));
  }
  return signalled.size;
}

function namespaceOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}
