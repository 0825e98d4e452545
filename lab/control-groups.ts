import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { machineHierarchies } from "../src/os/linux/cgroup-hierarchies.js";

/** Where Linux has its control groups. */
export const CONTROL_GROUPS = "/sys/fs/cgroup";

/** What the hosts' programs are limited by. */
const CONTROLLERS = ["memory", "cpu", "pids"];

/** A control group of this machine that a host has as the root of a hierarchy. */
export interface HostGroup {
  readonly source: string;
  /** Where the host has it, from {@link CONTROL_GROUPS} on; empty: there itself. */
  readonly place: string;
}

/** Makes control groups for a host, where this process may. The lab's reaper removes them. */
export function makeHostGroups(lab: string, host: string): readonly HostGroup[] {
  return machineHierarchies().flatMap(({ version, path }) => {
    const place = relative(CONTROL_GROUPS, path);
    const labGroup = join(path, `locum-lab-${lab}`);
    const source = join(labGroup, host);
    if (place.startsWith("..") || !tryMake(labGroup)) return [];
    if (version === 2) for (const name of CONTROLLERS) passOn(name, labGroup);
    return tryMake(source) ? [{ source, place }] : [];
  });
}

/** One level: for `recursive`, this file system's denials have no end. @returns whether it is there. */
function tryMake(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EEXIST";
  }
}

/** Gives what a group has to those below it, if it has it. */
function passOn(controller: string, group: string): void {
  try {
    writeFileSync(join(group, "cgroup.subtree_control"), `+${controller}`, { flag: "r+" });
  } catch {
    // Hosts go without: a program then says that it can't be limited.
  }
}
