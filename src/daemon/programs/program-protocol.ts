import type { ProgramEffect, ProgramInput, ProgramLeft } from "../../model/program.js";

/*
 * What the agent and its program host say to each other: lines of JSON, both ways, on one unix socket.
 *
 *   agent  -- orders -->  fd 3  host  -- facts -->  agent
 *
 * The agent alone has the other end: when it is closed, the agent is dead, and the host ends everything.
 */
export const CHANNEL_FD = 3;

/** A line longer than this is none of ours. */
export const PROGRAM_LINE_MAX: number = 4 * 2 ** 20;
/** What waits for the other side; one that leaves more unread does not run any more. */
export const PROGRAM_BACKLOG_MAX: number = 8 * 2 ** 20;

/** Agent to host. */
export type HostOrder =
  | ProgramEffect
  /** Answered by `alive`. */
  | { readonly kind: "ping" }
  /** The agent ends in order: end everything that is left, and then yourself. */
  | { readonly kind: "end" };

/** Host to agent. */
export type HostReport =
  | ProgramInput
  /** What an earlier host left is ended, but for `left`; orders are carried out from now on. */
  | {
      readonly kind: "ready";
      readonly pid: number;
      readonly shortcoming: string | undefined;
      readonly left: readonly ProgramLeft[];
    }
  | { readonly kind: "alive" };

/** What the host is told at its start, as JSON in its only argument. */
export interface HostOptions {
  /** Path of the agent's socket: the host's files lie beside it. */
  readonly socket: string;
  readonly node: string;
  /** Directory of the programs' logs. */
  readonly logs: string;
  /** Where OCF agents are, unless in the usual place. */
  readonly ocfRoot?: string;
  /** Whether to do without control groups, as where they can't be made. */
  readonly ungrouped?: boolean;
}

/** How a host ends that finds another one still at work (EX_TEMPFAIL). */
export const EXIT_OTHER_HOST = 75;

export const hostLockFile = (socketPath: string): string => `${socketPath}.program-host`;
/** Made again and again by a host that waits for the one at work to end. */
export const successorFile = (socketPath: string): string => `${socketPath}.program-host.next`;
export const programRecordFile = (socketPath: string): string => `${socketPath}.programs`;
/** Where programs find the socket by which they talk to the agent. */
export const doorDirectory = (socketPath: string): string => `${socketPath}.doors`;
/** Of one run: who speaks there speaks for it. */
export const doorOf = (socketPath: string, run: number): string => `${doorDirectory(socketPath)}/${run}`;
/** Where programs find their notify sockets. */
export const notifyDirectory = (socketPath: string): string => `${socketPath}.notify`;
export const notifyOf = (socketPath: string, run: number): string => `${notifyDirectory(socketPath)}/${run}`;
