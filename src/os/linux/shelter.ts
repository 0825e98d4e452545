/*
 * A control group outside of that of a service manager's unit: systemd ends a unit by sending signals to all processes in the
 * unit's group, and what is to outlive it must not be there. Only version 2 matters: by that, systemd knows its processes.
 *
 *     MOUNT/locum/keeper-PID
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type CgroupHierarchy, machineHierarchies } from "./cgroup-hierarchies.js";
import { GROUPS_ROOT } from "./control-groups.js";

const PREFIX = "keeper-";
/* As the lines of cgroups(7) begin: where version 2 is not in use, systemd has a hierarchy of version 1 for itself. */
const VERSION_2 = "0::";
const SYSTEMD_1 = ":name=systemd:";

/** Takes this process out of its unit and back. */
export class Shelter {
  readonly #mount: CgroupHierarchy | undefined;
  readonly #ownCgroups: () => string;
  /** Where it was before. */
  #home: string | undefined;

  /** @param ownCgroups text of /proc/self/cgroup. */
  constructor(
    hierarchies: readonly CgroupHierarchy[] = machineHierarchies(),
    ownCgroups: () => string = () => readFileSync("/proc/self/cgroup", "utf8"),
  ) {
    this.#mount = hierarchies.find(({ version }) => version === 2);
    this.#ownCgroups = ownCgroups;
  }

  /** @returns whether no service manager ends it with a unit now: it has left that, or was in none. */
  enter(): boolean {
    if (this.#home !== undefined) return true;
    const own = this.#ownCgroups();
    const home = groupIn(own, VERSION_2);
    const isMoved = this.#mount !== undefined && home !== undefined && this.#moveTo(this.#mount, home);
    return isMoved || !isOfUnit(home ?? groupIn(own, SYSTEMD_1));
  }

  #moveTo({ path, root }: CgroupHierarchy, home: string): boolean {
    const groups = join(path, GROUPS_ROOT);
    const group = join(groups, `${PREFIX}${process.pid}`);
    removeEmpty(groups);
    if (!makeGroup(groups) || !makeGroup(group) || !moveTo(group)) return false;
    this.#home = join(path, relative(root, home));
    return true;
  }

  /** Back to where it was: whoever ends that group ends this process too. */
  leave(): void {
    if (this.#mount === undefined || this.#home === undefined) return;
    if (!moveTo(this.#home)) return;
    this.#home = undefined;
    removeEmpty(join(this.#mount.path, GROUPS_ROOT));
  }
}

/** From the root of the hierarchy. */
function groupIn(text: string, hierarchy: string): string | undefined {
  const line = text.split("\n").find((each) => each.includes(hierarchy));
  return line?.slice(line.indexOf(hierarchy) + hierarchy.length);
}

const isOfUnit = (group = ""): boolean => group.split("/").some((name) => name.endsWith(".service"));

/** What processes left that were killed in it. */
function removeEmpty(root: string): void {
  for (const name of namesIn(root)) if (name.startsWith(PREFIX)) attempt(() => rmdirSync(join(root, name)));
}

const makeGroup = (path: string): boolean => attempt(() => mkdirSync(path)) || existsSync(path);
const moveTo = (group: string): boolean => attempt(() => writeFileSync(join(group, "cgroup.procs"), "0"));

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/** @returns whether the kernel permits it. */
function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
