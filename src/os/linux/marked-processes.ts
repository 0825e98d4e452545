import { readdirSync } from "node:fs";
import { killMembers } from "./kill-members.js";
import { readIfKnown, readQuietly } from "./kernel-file.js";
import type { ProgramGroup, ProgramGroups } from "./program-group.js";

/** How often it is looked whether all have ended: each time, all processes of the machine are. */
const EMPTY_POLL_MS = 25;

/** The variable by which a program's processes are known where there is nothing better. */
export const MARK = "LOCUM_RUN";

/**
 * Where control groups can't be made: the processes of a program are those that it descends from or that have its mark in
 * their environment. A process that takes care to lose the mark and its parents gets away; and nothing is limited.
 */
export class MarkedGroups implements ProgramGroups {
  readonly #owner: string;

  constructor(owner: string) {
    this.#owner = owner;
  }

  make(name: string): MarkedProcesses {
    return new MarkedProcesses(markOf(this.#owner, name));
  }

  clear(): void {
    killMarked(markOf(this.#owner, ""));
  }
}

/** The value of {@link MARK} for one run. */
export const markOf = (owner: string, name: string): string => `${owner}/${name}`;

export class MarkedProcesses implements ProgramGroup {
  readonly entries: readonly string[] = [];
  readonly shortcomings: readonly string[] = ["control groups can't be made here, so that nothing limits what it uses"];
  readonly #mark: string;
  #poll: NodeJS.Timeout | undefined;

  constructor(mark: string) {
    this.#mark = mark;
  }

  restore(): void {}

  has(pid: number): boolean {
    return membersOf(this.#mark).includes(pid);
  }

  members(): readonly number[] {
    return membersOf(this.#mark);
  }

  /** What can't be looked at may be there. */
  isPopulated(): boolean {
    if (readIfKnown("/proc/self/stat") === undefined) return true;
    return this.members().length > 0;
  }

  whenEmpty(callback: () => void): void {
    const look = (): void => {
      if (this.#poll === undefined || this.isPopulated()) return;
      this.remove();
      callback();
    };
    this.#poll ??= setInterval(look, EMPTY_POLL_MS);
    setImmediate(look);
  }

  kill(): void {
    killMarked(this.#mark);
  }

  outOfMemoryKills(): number {
    return 0;
  }

  refusedStarts(): number {
    return 0;
  }

  remove(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}

/** SIGKILL to all whose mark begins so, and their descendants, but for what is born all the while: see `killMembers`. */
export const killMarked = (mark: string): void => killMembers(() => membersOf(mark));

/** What follows in the marks of living processes after this beginning. */
export function namesMarked(mark: string): readonly string[] {
  const before = `\0${MARK}=${mark}`;
  return processes().flatMap((pid) => {
    const environment = `\0${readQuietly(`/proc/${pid}/environ`)}`;
    const at = environment.indexOf(before);
    return at === -1 ? [] : [environment.slice(at + before.length, environment.indexOf("\0", at + before.length))];
  });
}

/** Living processes with a mark that begins so, and those that descend from them. */
export function membersOf(mark: string): readonly number[] {
  const parents = new Map(processes().flatMap(parentOf));
  const members = new Set([...parents.keys()].filter((pid) => pid !== process.pid && hasMark(pid, mark)));
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (members.has(pid) || !members.has(parent)) continue;
      members.add(pid);
      grown = true;
    }
  }
  return [...members];
}

function processes(): readonly number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    // No room to look.
    return [];
  }
}

/** Without those that have ended and are not yet taken away. */
function parentOf(pid: number): [number, number][] {
  const stat = readQuietly(`/proc/${pid}/stat`);
  const [state = "Z", parent = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? [] : [[pid, Number(parent)]];
}

const hasMark = (pid: number, mark: string): boolean =>
  `\0${readQuietly(`/proc/${pid}/environ`)}`.includes(`\0${MARK}=${mark}${mark.endsWith("/") ? "" : "\0"}`);
