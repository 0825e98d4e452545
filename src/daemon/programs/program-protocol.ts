import type { ProcessIdentity } from "../../os/linux/process-state.js";
import type { KeptPrograms, ProgramEffect, ProgramInput, ProgramLeft } from "../../model/program.js";

/*
 * What the agent and its program host say to each other: lines of JSON, both ways, on one unix socket.
 *
 *   agent  -- orders -->  fd 3  host  -- facts -->  agent
 *
 * The agent alone has the other end: when it is closed, the agent is dead, and the host ends everything. Unless it was told to
 * keep it, as in a pause: then it listens on a socket of its own for the next agent, whose first line is `hello`.
 */
export const CHANNEL_FD = 3;

/** A line longer than this is none of ours. */
export const PROGRAM_LINE_MAX: number = 4 * 2 ** 20;
/** What waits for the other side; one that leaves more unread does not run any more. */
export const PROGRAM_BACKLOG_MAX: number = 8 * 2 ** 20;

/** What both sides say is as of this version; a host of another one ends in order when an agent says hello. */
export const HOST_PROTOCOL = 6;

/** Agent to host. */
export type HostOrder =
  | ProgramEffect
  /** An agent that found this host; `agent` is its process. Host and agent of all versions understand this, and `other-protocol`. */
  | { readonly kind: "hello"; readonly protocol: number; readonly agent: number }
  /** Whether what runs is to outlive the agent. */
  | { readonly kind: "keep"; readonly isKeeping: boolean }
  /** The agent ends, and nothing is to outlive it after all: end the programs in order, and then yourself. */
  | { readonly kind: "end-in-order" }
  /** Those sockets that programs talk to the agent by are there again. */
  | { readonly kind: "doors-opened" }
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
  /** To `hello`. */
  | ({ readonly kind: "kept"; readonly pid: number; readonly shortcoming: string | undefined } & KeptPrograms)
  | { readonly kind: "other-protocol"; readonly protocol: number }
  /** It can't be done as was ordered: programs end in order when the agent does. */
  | { readonly kind: "not-keeping"; readonly problem: string }
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
  /** How long it waits for an earlier host to end, unless as usual. */
  readonly predecessorMsMax?: number;
}

/**
 * What the agent has killed of an earlier host's, as JSON on standard input to its end: arguments have no room for all that
 * one may leave. Whoever tells nothing of that, as who has killed nothing, gives none.
 */
export type Dying = readonly ProcessIdentity[];

/** In the ending file. */
export interface HostEnding {
  /** By the clock that goes on while the machine sleeps, in microseconds. */
  readonly until: number;
}

/** How a host ends that finds another one still at work (EX_TEMPFAIL). */
export const EXIT_OTHER_HOST = 75;

/** Held by the host at work for its life; names its process. */
export const hostLockFile = (socketPath: string): string => `${socketPath}.program-host`;
/** Made again and again by a host that waits for the one at work to end. */
export const successorFile = (socketPath: string): string => `${socketPath}.program-host.next`;
/** Made by a host that ends in order: until when that may take. Agents of all versions understand it. */
export const endingFile = (socketPath: string): string => `${socketPath}.program-host.ending`;
/** Where a host that keeps programs waits for the next agent. */
export const keeperSocket = (socketPath: string): string => `${socketPath}.kept`;
export const programRecordFile = (socketPath: string): string => `${socketPath}.programs`;
/** Where programs find the socket by which they talk to the agent. */
export const doorDirectory = (socketPath: string): string => `${socketPath}.doors`;
/** Of one run: who speaks there speaks for it. */
export const doorOf = (socketPath: string, run: number): string => `${doorDirectory(socketPath)}/${run}`;
/** Where programs find their notify sockets. */
export const notifyDirectory = (socketPath: string): string => `${socketPath}.notify`;
export const notifyOf = (socketPath: string, run: number): string => `${notifyDirectory(socketPath)}/${run}`;
