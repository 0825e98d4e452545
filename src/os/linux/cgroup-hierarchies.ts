import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readQuietly } from "./kernel-file.js";

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
 * @param isSeen whether a path leads to the mount with this number: what is mounted over, as in a container that has got a
 * part of a hierarchy in the place of the whole, is listed nevertheless.
 */
export function readHierarchies(
  mountinfo: string,
  isSeen: (path: string, mount: number) => boolean,
): readonly CgroupHierarchy[] {
  const found = new Map<string, CgroupHierarchy>();
  for (const { mount, ...hierarchy } of mountinfo.split("\n").flatMap(hierarchyOf)) {
    if (!isSeen(hierarchy.path, mount)) continue;
    // A hierarchy that is mounted in several places counts once.
    const key = hierarchy.version === 2 ? "2" : hierarchy.controllers.join();
    if (!found.has(key)) found.set(key, hierarchy);
  }
  return [...found.values()];
}

export const machineHierarchies = (): readonly CgroupHierarchy[] =>
  readHierarchies(readFileSync("/proc/self/mountinfo", "utf8"), (path, mount) => mountAt(path) === mount);

/** The number of the mount that a path leads to; undefined: it leads nowhere. */
function mountAt(path: string): number | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    return Number(/^mnt_id:\s*(\d+)$/m.exec(readQuietly(`/proc/self/fdinfo/${fd}`))?.[1]);
  } catch {
    // What can't be looked at can't be used.
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

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

function hierarchyOf(line: string): readonly (CgroupHierarchy & { readonly mount: number })[] {
  const [left = "", right = ""] = line.split(" - ");
  const [mount, , , root = "", mountPoint = ""] = left.split(" ").map(unescaped);
  const [type, , options = ""] = right.split(" ");
  const place = { mount: Number(mount), path: mountPoint, root };
  if (type === "cgroup2") return [{ version: 2, ...place, controllers: [] }];
  const controllers = options.split(",").filter((word) => CONTROLLERS.includes(word));
  return type === "cgroup" && controllers.length > 0 ? [{ version: 1, ...place, controllers }] : [];
}

const unescaped = (word: string): string =>
  word.replaceAll(/\\(\d{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
