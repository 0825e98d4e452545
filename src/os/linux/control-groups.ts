/*
 * Programs in control groups of their own (cgroups(7)): nothing that they start can leave, all of it is killed at once, and
 * the kernel shares processor and memory out by group.
 *
 *     MOUNT/locum/OWNER/RUN     in the hierarchy of version 2, and in those of version 1 that have memory, cpu or pids
 *
 * One hierarchy, the first, tells who is a member. The others are for limits alone.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  watch,
  writeFileSync,
  type FSWatcher,
} from "node:fs";
import { dirname, join } from "node:path";
import type { CgroupHierarchy } from "./cgroup-hierarchies.js";
import { killMembers } from "./kill-members.js";
import { readIfKnown, readQuietly } from "./kernel-file.js";
import type { GroupLimits, ProgramGroup, ProgramGroups } from "./program-group.js";

/** The name under which everything of ours is. */
export const GROUPS_ROOT = "locum";
/** The scheduler's accounting period, and the kernel's default. */
const CPU_PERIOD_US = 100_000;
/** Processes and threads of one program: so many share of what the machine has room for, like systemd's default. */
const TASKS_SHARE = 0.15;
/** Where the kernel does not tell of emptiness: how often it is looked at. */
const EMPTY_POLL_MS = 10;

/** A directory in one hierarchy. */
interface Place {
  readonly version: 1 | 2;
  readonly controllers: readonly string[];
  readonly path: string;
  /** As in proc_pid_cgroup(5). */
  readonly name: string;
}

/** @returns undefined where this process may not make control groups. */
export function openControlGroups(hierarchies: readonly CgroupHierarchy[], owner: string): ControlGroups | undefined {
  // Version 2 first: it kills at once and tells of emptiness.
  const sorted = hierarchies.toSorted((a, b) => b.version - a.version);
  const places = sorted.flatMap((hierarchy) => ownPlace(hierarchy, owner));
  const [first, ...others] = places;
  return first === undefined ? undefined : new ControlGroups(first, others);
}

function ownPlace({ version, path, root, controllers }: CgroupHierarchy, owner: string): readonly Place[] {
  const own = join(path, GROUPS_ROOT, owner);
  const name = `${root === "/" ? "" : root}/${GROUPS_ROOT}/${owner}`;
  try {
    const shared = makeOwner(version, own);
    return [{ version, path: own, name, controllers: version === 2 ? shared : controllers }];
  } catch {
    // Not permitted, or mounted read-only: the other hierarchies may do.
    return [];
  }
}

/** The group of one owner, and the one of all owners. @returns version 2: the controllers that it has */
function makeOwner(version: 1 | 2, own: string): readonly string[] {
  const root = dirname(own);
  if (version === 2) return shareControllers(dirname(root), root, own);
  [root, own].forEach(makeGroup);
  return [];
}

const WANTED = ["memory", "cpu", "pids"];

/** Version 2: each level gives to the next what it has. @returns what has come through. */
function shareControllers(...levels: readonly string[]): readonly string[] {
  let present = WANTED;
  for (const level of levels) {
    if (level !== levels[0]) makeGroup(level);
    const words = readFileSync(join(level, "cgroup.controllers"), "utf8").trim().split(" ");
    present = present.filter(
      (name) => words.includes(name) && tryWrite(join(level, "cgroup.subtree_control"), `+${name}`),
    );
  }
  return present;
}

export class ControlGroups implements ProgramGroups {
  /** The directories to kill and remove when nobody else can: kept on record. */
  readonly paths: readonly string[];
  readonly #first: Place;
  readonly #others: readonly Place[];

  constructor(first: Place, others: readonly Place[]) {
    this.#first = first;
    this.#others = others;
    this.paths = [first, ...others].map(({ path }) => path);
  }

  /** @throws when the kernel refuses the group itself; a limit that can't be set is a shortcoming of the group. */
  make(name: string, limits: GroupLimits): ControlGroup {
    const below = (place: Place): Place => ({
      ...place,
      path: join(place.path, name),
      name: `${place.name}/${name}`,
    });
    return new ControlGroup([below(this.#first), ...this.#others.map(below)], limits);
  }

  clear(): void {
    killGroups(this.paths);
    removeGroups(this.paths);
  }
}

export class ControlGroup implements ProgramGroup {
  readonly entries: readonly string[];
  readonly shortcomings: readonly string[];
  readonly #places: readonly Place[];
  readonly #limits: GroupLimits;
  /** It was killed: nothing may be born in it, perhaps. */
  #isBarren = false;
  #isWatched = false;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;

  /** @throws as `restore` does. */
  constructor(places: readonly Place[], limits: GroupLimits) {
    this.#places = places;
    this.#limits = limits;
    this.entries = places.map(({ path }) => join(path, "cgroup.procs"));
    this.shortcomings = this.#make();
  }

  get #path(): string {
    return this.#places[0]?.path ?? "";
  }

  restore(): void {
    if (this.#places.some(({ path }) => !existsSync(path))) this.#make();
    else if (this.#isBarren) this.#limitBirths();
    this.#isBarren = false;
  }

  /** By its whole path: who may make groups somewhere, as users of systemd may below their own, can repeat the rest of it. */
  has(pid: number): boolean {
    const [first] = this.#places;
    const line = readQuietly(`/proc/${pid}/cgroup`)
      .split("\n")
      .find((each) => first !== undefined && isLineOf(first, each));
    const path = line?.slice(line.indexOf(":", line.indexOf(":") + 1) + 1);
    return first !== undefined && `${path}/`.startsWith(`${first.name}/`);
  }

  members(): readonly number[] {
    return membersBelow(this.#path);
  }

  isPopulated(): boolean {
    return isPopulated(this.#path);
  }

  whenEmpty(callback: () => void): void {
    const look = (): void => {
      if (!this.#isWatched) return;
      if (this.isPopulated()) {
        // Nothing will tell of what could not be looked at now.
        if (!isKnown(this.#path)) this.#startPoll(look);
        return;
      }
      this.#endWatching();
      callback();
    };
    this.#endWatching();
    this.#isWatched = true;
    this.#watch(look);
    // It may have become empty before the watching began.
    setImmediate(look);
  }

  kill(): void {
    this.#isBarren = true;
    killGroups(this.#places.map(({ path }) => path));
  }

  outOfMemoryKills(): number {
    const place = this.#places.find(({ controllers }) => controllers.includes("memory"));
    if (place === undefined) return 0;
    const text = readQuietly(join(place.path, place.version === 2 ? "memory.events" : "memory.oom_control"));
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  refusedStarts(): number {
    const place = this.#places.find(({ controllers }) => controllers.includes("pids"));
    const text = place === undefined ? "" : readQuietly(join(place.path, "pids.events"));
    return Number(/^max (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  remove(): void {
    this.#endWatching();
    removeGroups(this.#places.map(({ path }) => path));
  }

  /** @returns its shortcomings. */
  #make(): readonly string[] {
    for (const { version, path } of this.#places) {
      if (!existsSync(dirname(path))) makeOwner(version, dirname(path));
      makeGroup(path);
    }
    return this.#limit(this.#limits);
  }

  #watch(look: () => void): void {
    const events = join(this.#path, "cgroup.events");
    if (!existsSync(events)) return this.#startPoll(look);
    // Whatever is wrong with it, looking now and then does too.
    try {
      this.#watcher = watch(events, look);
      this.#watcher.on("error", () => this.#startPoll(look));
    } catch {
      this.#startPoll(look);
    }
  }

  #startPoll(look: () => void): void {
    this.#poll ??= setInterval(look, EMPTY_POLL_MS);
  }

  #endWatching(): void {
    this.#isWatched = false;
    this.#watcher?.close();
    this.#watcher = undefined;
    clearInterval(this.#poll);
    this.#poll = undefined;
  }

  #limit({ memoryMax, cpuMax }: GroupLimits): readonly string[] {
    const problems: string[] = [];
    if (!this.#limitBirths()) problems.push("the number of its processes can't be limited here");
    if (memoryMax !== undefined && !this.#limitMemory(Math.floor(memoryMax)))
      problems.push("its memory can't be limited here");
    if (cpuMax !== undefined && !this.#limitCpu(Math.max(1_000, Math.round(cpuMax * CPU_PERIOD_US)))) {
      problems.push("its processor time can't be limited here");
    }
    return problems;
  }

  #limitBirths(): boolean {
    const births = { file: "pids.max", value: String(tasksMax()) };
    return this.#set("pids", births, births);
  }

  #limitMemory(bytes: number): boolean {
    const isSet = this.#set(
      "memory",
      { file: "memory.limit_in_bytes", value: String(bytes) },
      { file: "memory.max", value: String(bytes) },
    );
    // What is more must not go to the swap instead. Where there is no accounting of it, nothing is lost.
    this.#set(
      "memory",
      { file: "memory.memsw.limit_in_bytes", value: String(bytes) },
      { file: "memory.swap.max", value: "0" },
    );
    return isSet;
  }

  #limitCpu(quotaUs: number): boolean {
    const period = { file: "cpu.cfs_period_us", value: String(CPU_PERIOD_US) };
    const both = { file: "cpu.max", value: `${quotaUs} ${CPU_PERIOD_US}` };
    return (
      this.#set("cpu", period, both) && this.#set("cpu", { file: "cpu.cfs_quota_us", value: String(quotaUs) }, both)
    );
  }

  #set(controller: string, v1: Setting, v2: Setting): boolean {
    const place = this.#places.find(({ controllers }) => controllers.includes(controller));
    if (place === undefined) return false;
    const { file, value } = place.version === 1 ? v1 : v2;
    return tryWrite(join(place.path, file), value);
  }
}

/** Whether a line of proc_pid_cgroup(5) is about the hierarchy of a place. */
function isLineOf({ version, controllers }: Place, line: string): boolean {
  if (version === 2) return line.startsWith("0::");
  const [, names = ""] = line.split(":");
  return controllers.some((name) => names.split(",").includes(name));
}

interface Setting {
  readonly file: string;
  readonly value: string;
}

/**
 * SIGKILL to all processes in a control group and below it, by one order where the kernel knows that; else to each of them,
 * and none is born there any more. What was on its way into the group, or is born where the kernel does not count, may be
 * left: whoever wants none to be calls again. Never throws: what is not there has no processes.
 * @param paths the group's directories in all hierarchies.
 */
export function killGroups(paths: readonly string[]): void {
  if (paths.some((path) => tryWrite(join(path, "cgroup.kill"), "1"))) return;
  // Nothing new is born from here on, where the kernel counts them.
  for (const path of paths) for (const group of groupsBelow(path)) tryWrite(join(group, "pids.max"), "0");
  killMembers(() => paths.flatMap(membersBelow));
}

/** Removes what is empty: the groups, those below them, and those above them that are ours. */
export function removeGroups(paths: readonly string[]): void {
  for (const path of paths) {
    for (const below of groupsBelow(path).toReversed()) tryRemove(below);
    const above = join(path, "..");
    if (above.endsWith(`/${GROUPS_ROOT}`)) tryRemove(above);
  }
}

/** Whether a process is in one of these control groups, or below. */
export const arePopulated = (paths: readonly string[]): boolean => paths.some(isPopulated);

const isKnown = (path: string): boolean => readIfKnown(join(path, "cgroup.events")) !== undefined;

function isPopulated(path: string): boolean {
  // What can't be looked at may have processes.
  const events = /^populated (\d)$/m.exec(readIfKnown(join(path, "cgroup.events")) ?? "populated 1");
  return events === null ? membersBelow(path).length > 0 : events[1] === "1";
}

/** Names of the groups right below these, in whichever hierarchy, that have processes in them. */
export const populatedBelow = (paths: readonly string[]): readonly string[] =>
  paths.flatMap((path) => namesBelow(path).filter((name) => isPopulated(join(path, name))));

/** Living processes in a control group and below it. */
export const membersBelow = (path: string): readonly number[] =>
  groupsBelow(path).flatMap((group) =>
    readQuietly(join(group, "cgroup.procs"))
      .split("\n")
      .filter((line) => line !== "" && line !== "0")
      .map(Number),
  );

/** Itself first, each before those that are in it. */
const groupsBelow = (path: string): readonly string[] => [
  path,
  ...namesBelow(path).flatMap((name) => groupsBelow(join(path, name))),
];

function namesBelow(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    // Gone meanwhile, or never there.
    return [];
  }
}

/** One level: where the kernel denies that a parent is there, `recursive` would try for ever. @throws when it refuses. */
function makeGroup(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

function tryWrite(file: string, value: string): boolean {
  try {
    writeFileSync(file, value, { flag: "r+" });
    return true;
  } catch {
    return false;
  }
}

function tryRemove(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Not empty: what is in it will be killed or removed by whoever has it on record.
  }
}

function tasksMax(): number {
  const limits = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"].map((file) => Number(readQuietly(file)));
  const smallest = Math.min(...limits.filter((limit) => limit > 0));
  return Number.isFinite(smallest) ? Math.floor(smallest * TASKS_SHARE) : 4_915;
}
