import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.js";
import { BENCH_NODE, isAlive } from "./program-bench.js";

/** Where a process that is frozen waits as for a disk, and not even SIGKILL ends it. */
const FREEZER = "/sys/fs/cgroup/freezer";

/** Why nothing can be frozen here; false when it can. */
export const freezerMissing = (): string | false => (existsSync(FREEZER) ? false : "needs control groups of version 1");

/** @returns thaws it: it lives on, or ends if it was killed meanwhile. */
export async function freeze(pid: number): Promise<() => Promise<void>> {
  const group = join(FREEZER, `${BENCH_NODE}-frozen`);
  const order = (state: string): void => writeFileSync(join(group, "freezer.state"), state);
  mkdirSync(group);
  writeFileSync(join(group, "cgroup.procs"), `${pid}`);
  order("FROZEN");
  await eventually(() => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") D "), "it stands still");
  return async () => {
    order("THAWED");
    await eventually(() => !isAlive(pid) || leaves(pid), "it leaves its group");
    await eventually(() => readFileSync(join(group, "cgroup.procs"), "utf8") === "", "its group is empty");
    rmdirSync(group);
  };
}

function leaves(pid: number): boolean {
  try {
    writeFileSync(join(FREEZER, "cgroup.procs"), `${pid}`);
    return true;
  } catch {
    // It is about to end.
    return false;
  }
}
