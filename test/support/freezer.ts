import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.js";
import { BENCH_NODE, isAlive } from "./program-bench.js";

/** Where a process that is frozen waits as for a disk, and not even SIGKILL ends it. */
const FREEZER = "/sys/fs/cgroup/freezer";

/** Why nothing can be frozen here; false when it can. */
export const freezerMissing = (): string | false => (existsSync(FREEZER) ? false : "needs control groups of version 1");

/** @returns thaws them: they live on, or end if they were killed meanwhile. */
export async function freeze(...pids: readonly number[]): Promise<() => Promise<void>> {
  const group = join(FREEZER, `${BENCH_NODE}-frozen`);
  const order = (state: string): void => writeFileSync(join(group, "freezer.state"), state);
  mkdirSync(group);
  for (const pid of pids) writeFileSync(join(group, "cgroup.procs"), `${pid}`);
  order("FROZEN");
  const standsStill = (pid: number): boolean => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") D ");
  await eventually(() => pids.every(standsStill), "they stand still");
  return async () => {
    order("THAWED");
    await eventually(() => pids.every((pid) => !isAlive(pid) || leaves(pid)), "they leave their group");
    await eventually(() => readFileSync(join(group, "cgroup.procs"), "utf8") === "", "their group is empty");
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
