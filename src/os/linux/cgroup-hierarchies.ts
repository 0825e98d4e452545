import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One mounted hierarchy of control groups (cgroups(7)). */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** Where it is mounted. */
  readonly path: string;
  /** What is mounted there, as paths in proc_pid_cgroup(5) begin: `/`, unless it is a part of the hierarchy. */
  readonly root: string;
  /** Controllers of version 1; those of version 2 depend on the place in the tree. */
  readonly controllers: readonly string[];
}

/** What this is used for, of all controllers that there are. */
const CONTROLLERS: readonly string[] = ["memory", "cpu", "pids", "freezer"];

/**
 * The hierarchies of this machine that are of use for programs: version 2 where it is mounted, whether alone or beside
 * version 1 ("hybrid"), and those of version 1 that have one of the controllers.
 * @param mountinfo text of /proc/self/mountinfo (proc_pid_mountinfo(5)).
 */
export function readHierarchies(mountinfo: string): readonly CgroupHierarchy[] {
  const found = new Map<string, CgroupHierarchy>();
  for (const hierarchy of mountinfo.split("\n").flatMap(hierarchyOf)) {
    // A hierarchy that is mounted in several places counts once; so does a place that is mounted over.
    const key = hierarchy.version === 2 ? "2" : hierarchy.controllers.join();
    if (!found.has(key)) found.set(key, hierarchy);
  }
  return [...found.values()];
}

export const machineHierarchies = (): readonly CgroupHierarchy[] =>
  readHierarchies(readFileSync("/proc/self/mountinfo", "utf8"));

/** Controllers that groups of this machine may have, of either version. */
export function machineControllers(): ReadonlySet<string> {
  const ofVersion2 = (path: string): readonly string[] => {
    try {
      return readFileSync(join(path, "cgroup.controllers"), "utf8").trim().split(" ");
    } catch {
      // What can't be looked at can't be used.
      return [];
    }
  };
  return new Set(
    machineHierarchies().flatMap(({ version, path, controllers }) => (version === 2 ? ofVersion2(path) : controllers)),
  );
}

function hierarchyOf(line: string): readonly CgroupHierarchy[] {
  const [left = "", right = ""] = line.split(" - ");
  const [, , , root = "", mountPoint = ""] = left.split(" ").map(unescaped);
  const [type, , options = ""] = right.split(" ");
  const place = { path: mountPoint, root };
  if (type === "cgroup2") return [{ version: 2, ...place, controllers: [] }];
  const controllers = options.split(",").filter((word) => CONTROLLERS.includes(word));
  return type === "cgroup" && controllers.length > 0 ? [{ version: 1, ...place, controllers }] : [];
}

const unescaped = (word: string): string =>
  word.replaceAll(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
