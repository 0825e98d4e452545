/*
 * A control group outside of that of a service manager's unit: systemd ends a unit by sending signals to all processes in the
 * unit's group, and what is to outlive it must not be there. Only version 2 matters: by that, systemd knows its processes.
 *
 *     MOUNT/locum/keeper-PID
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CgroupHierarchy, machineHierarchies } from "./cgroup-hierarchies.js";
import { GROUPS_ROOT } from "./control-groups.js";

const PREFIX = "keeper-";
const VERSION_2 = "0::";

/** Takes this process out of its unit and back. Where control groups can't be made, it stays where it is. */
export class Shelter {
  readonly #mount: string | undefined;
  readonly #ownCgroups: () => string;
  /** Where it was before. */
  #home: string | undefined;

  /** @param ownCgroups text of /proc/self/cgroup. */
  constructor(
    hierarchies: readonly CgroupHierarchy[] = machineHierarchies(),
    ownCgroups: () => string = () => readFileSync("/proc/self/cgroup", "utf8"),
  ) {
    this.#mount = hierarchies.find(({ version }) => version === 2)?.path;
    this.#ownCgroups = ownCgroups;
  }

  enter(): void {
    if (this.#mount === undefined || this.#home !== undefined) return;
    const home = groupIn(this.#ownCgroups());
    if (home === undefined) return;
    const root = join(this.#mount, GROUPS_ROOT);
    const group = join(root, `${PREFIX}${process.pid}`);
    removeEmpty(root);
    if (makeGroup(root) && makeGroup(group) && moveTo(group)) this.#home = join(this.#mount, home);
  }

  /** Back to where it was: whoever ends that group ends this process too. */
  leave(): void {
    if (this.#mount === undefined || this.#home === undefined) return;
    if (!moveTo(this.#home)) return;
    this.#home = undefined;
    removeEmpty(join(this.#mount, GROUPS_ROOT));
  }
}

/** As in cgroups(7), from the root of the hierarchy. */
const groupIn = (text: string): string | undefined =>
  text
    .split("\n")
    .find((each) => each.startsWith(VERSION_2))
    ?.slice(VERSION_2.length);

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
