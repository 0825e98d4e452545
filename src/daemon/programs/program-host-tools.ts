import { existsSync, lchownSync } from "node:fs";
import type { Instant } from "../../base/time.js";
import type { ProgramConfig, ProgramExit, ProgramInput, ProgramRole, ProgramRun } from "../../model/program.js";
import type { EventPoll } from "../../os/linux/event-poll.js";
import type { ProgramGroups } from "../../os/linux/program-group.js";
import type { UserIdentity } from "../../os/node/user-identity.js";
import { doorOf, type HostOptions } from "./program-protocol.js";
import type { ProgramRecord } from "./program-record.js";
import type { Spares } from "./program-spares.js";

/** What all runs of a program host share. */
export interface HostTools {
  readonly options: HostOptions;
  /** Part of the names of everything that this host makes. */
  readonly owner: string;
  readonly clock: () => Instant;
  readonly groups: ProgramGroups;
  readonly poll: EventPoll;
  readonly record: ProgramRecord;
  readonly spares: Spares;
  readonly say: (input: ProgramInput) => void;
  /** Calls when a process has ended that this one adopted; undefined: nobody wants to know any more. */
  readonly onAdoptedExit: (pid: number, callback: ((exit: ProgramExit) => void) | undefined) => void;
  /** Takes away adopted processes that have ended, now. */
  readonly reap: () => void;
}

/** One run of a program, whatever it is made from. All of these return at once; what comes of them is said as facts. */
export interface HostedRun {
  begin(): void;
  stop(): void;
  kill(): void;
  tellRole(role: ProgramRole): void;
  /** It goes on by this configuration, by which it is the same process. */
  watchBy(config: ProgramConfig): void;
  /** The door of its program was opened anew, by another agent. */
  doorOpened(): void;
  /** The host ends: resolves when nothing of it is left, or nothing more can be done. */
  end(): Promise<void>;
}

/** The end of a run, for whoever waits for it. */
export class RunEnd {
  #resolve: (() => void) | undefined;
  readonly reached: Promise<void> = new Promise((resolve) => {
    this.#resolve = resolve;
  });

  reach(): void {
    this.#resolve?.();
  }
}

/** What a program finds in its environment. */
export const locumEnvironment = (
  { run, service, config, role }: ProgramRun,
  options: HostOptions,
): Record<string, string> => ({
  LOCUM_SOCKET: doorOf(options.socket, run),
  LOCUM_NODE: options.node,
  LOCUM_SERVICE: service,
  LOCUM_PROGRAM: config.name,
  LOCUM_ROLE: role,
});

/** Lets a program's user in by its door, where it has one: an agent may have had no place for it. */
export function giveDoor({ run }: ProgramRun, options: HostOptions, { uid, gid }: UserIdentity): void {
  const door = doorOf(options.socket, run);
  if (existsSync(door)) lchownSync(door, uid, gid);
}
