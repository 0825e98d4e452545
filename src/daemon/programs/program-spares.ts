/*
 * For each program that may be restarted here, a process that waits to be its next run: in a control group of its own with
 * the program's limits, which takes the kernel a grace period of RCU to enter, some 15 ms that a client would wait for else.
 *
 *     ready ── make ──▶ waiting ── the run has ended, the next one is ordered ── take ──▶ it is the program
 *                          │
 *                          └── stopped by order · another configuration · not wanted for a while · the host ends ──▶ killed
 *
 * It is no run: nobody is told of it, and whatever is wrong with it, the next run is started without. Its group is one of those
 * that are on record, so that nothing of it outlives its host.
 */
import type { ProgramConfig, ProgramRun } from "../../model/program.js";
import { markOf } from "../../os/linux/marked-processes.js";
import type { ProgramGroup, ProgramGroups } from "../../os/linux/program-group.js";
import { SpareProcess, type StartedProcess } from "../../os/node/program-process.js";
import type { UserIdentity } from "../../os/node/user-identity.js";
import { runName } from "./program-record.js";

/** What an environment has for one run alone: told at its start. */
const LATE = ["LOCUM_SOCKET", "NOTIFY_SOCKET", "LOCUM_ROLE"] as const;
/** A restart that is later than this is in no hurry. */
const KEPT_MS = 10_000;

type Environment = Readonly<Record<string, string>>;

/** What a new run finds in place. */
export interface Spare {
  readonly process: SpareProcess;
  readonly group: ProgramGroup;
  /** That of its group. */
  readonly name: string;
  readonly identity: UserIdentity | undefined;
  /** Has it become the program. */
  begin(): StartedProcess;
}

interface Kept extends Omit<Spare, "begin"> {
  /** That it is to follow. */
  readonly run: ProgramRun;
  /** What it is made from; a run that is made from anything else has no use for it. */
  readonly recipe: string;
  /** Runs while nobody is there whom it would follow. */
  release: NodeJS.Timeout | undefined;
}

/** Whether there is an end of it that leads to a restart on this node soon. */
export const mayRestartHere = ({ restart: { delays, exits } }: ProgramConfig): boolean =>
  delays.length > 0 && (exits["*"] === undefined || Object.values(exits).includes("restart"));

export class Spares {
  readonly #groups: ProgramGroups;
  readonly #owner: string;
  /** By program: one for each. */
  readonly #kept = new Map<string, Kept>();
  readonly #leaving = new Set<Promise<void>>();

  /** @param owner part of the marks of all that this host starts. */
  constructor(groups: ProgramGroups, owner: string) {
    this.#groups = groups;
    this.#owner = owner;
  }

  /** Makes one for what follows this run, unless there is one. */
  make(
    run: ProgramRun,
    command: readonly string[],
    environment: Environment,
    identity: UserIdentity | undefined,
  ): void {
    if (this.#kept.has(keyOf(run))) return;
    const made = this.#make(run, command, environment, identity);
    if (made === undefined) return;
    this.#kept.set(keyOf(run), made);
    void made.process.ended.then(() => {
      if (this.#kept.get(keyOf(run)) === made) this.drop(run);
    });
  }

  /** The one that this run can be made from, if there is one. Any other is of no use any more. */
  take(run: ProgramRun, environment: Environment): Spare | undefined {
    const kept = this.#kept.get(keyOf(run));
    const values = LATE.map((name) => environment[name] ?? "");
    if (kept?.recipe !== recipeOf(run) || !kept.process.isWaiting || !kept.process.canHear(values)) {
      this.drop(run);
      return undefined;
    }
    this.#kept.delete(keyOf(run));
    clearTimeout(kept.release);
    const { process, group, name, identity } = kept;
    const begin = (): StartedProcess => {
      process.begin(values);
      return process.child;
    };
    return { process, group, name, identity, begin };
  }

  /** The run that it would follow is gone: the next one comes soon, or never. */
  release(run: ProgramRun): void {
    const kept = this.#kept.get(keyOf(run));
    if (kept !== undefined) kept.release ??= setTimeout(() => this.drop(run), KEPT_MS);
  }

  /** Nothing is to follow the run. */
  drop(run: ProgramRun): void {
    const kept = this.#kept.get(keyOf(run));
    if (kept === undefined) return;
    this.#kept.delete(keyOf(run));
    clearTimeout(kept.release);
    const left = remove(kept).finally(() => this.#leaving.delete(left));
    this.#leaving.add(left);
  }

  /** Ends all of them. */
  async end(): Promise<void> {
    for (const { run } of this.#kept.values()) this.drop(run);
    await Promise.all(this.#leaving);
  }

  #make(
    run: ProgramRun,
    command: readonly string[],
    environment: Environment,
    identity: UserIdentity | undefined,
  ): Kept | undefined {
    const { settings } = run.config;
    const name = `${runName(run)}-next`;
    let group: ProgramGroup | undefined;
    try {
      group = this.#groups.make(name, settings);
      // Where there is nothing to enter, nothing is gained.
      if (group.entries.length === 0) return undefined;
      const process = new SpareProcess(
        {
          command,
          directory: settings.directory,
          identity,
          environment: { ...settings.environment, ...withoutLate(environment) },
          entries: group.entries,
          mark: markOf(this.#owner, name),
        },
        LATE,
      );
      return { run, process, group, name, identity, recipe: recipeOf(run), release: undefined };
    } catch {
      // Whatever is lacking here, the next run is started without, and says so if it lacks it too.
      group?.remove();
      return undefined;
    }
  }
}

/** It may enter its group until it has ended, and the kernel may take a moment to see the group empty. */
async function remove({ process, group }: Kept): Promise<void> {
  process.end();
  await process.ended;
  await new Promise<void>((resolve) => group.whenEmpty(resolve));
  group.remove();
}

const keyOf = ({ service, config: { name } }: ProgramRun): string => `${service} ${name}`;

/** All that is told to it before it is wanted. */
const recipeOf = ({ config: { source, settings, watchdog } }: ProgramRun): string =>
  JSON.stringify([source, settings, watchdog]);

const withoutLate = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !LATE.some((late) => late === name)));
