import { systemdMissing, systemState } from "./systemd-units.js";

/** The first process of a machine or a container; when it ends, so do all others there. */
const FIRST = 1;

/**
 * Whether other processes run on when this one has ended in order: not so while the machine goes down, and where a
 * container ends with it.
 */
export async function processesOutlive(): Promise<boolean> {
  if (systemdMissing() === undefined) return (await systemState()) !== "stopping";
  // What a container starts is its first process, or the child of one that only waits for it.
  return process.pid !== FIRST && process.ppid !== FIRST;
}
