import type { Duration, Instant } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";

/*
 * What the agent and its guard say to each other.
 *
 *   agent, main thread       -- orders (lines of JSON) -->  fd 3  guard
 *   agent, heartbeat thread  -- renewals (16 bytes)    -->  fd 4  guard
 *   agent, main thread       <-- reports (lines)       --   fd 1  guard
 *
 * The agent alone has the writing ends of 3 and 4: their end of file is its death, unless `disarm` came before.
 */

export const REPORTS_FD = 1;
export const ORDERS_FD = 3;
export const RENEWALS_FD = 4;

/** A line longer than this is no order of ours. */
export const GUARD_LINE_MAX: number = 4 * 2 ** 20;

/** Agent to guard. */
export type GuardOrder =
  /**
   * The addresses that are this node's now. `guarded`: to be taken off when the agent is gone; otherwise (maintenance)
   * they stay where they are. An order of an arming before the last firing counts for nothing.
   */
  | {
      readonly kind: "guard";
      readonly arming: number;
      readonly guarded: boolean;
      readonly addresses: readonly PlacedAddress[];
    }
  /** What to send to whom when the addresses are off. */
  | { readonly kind: "prepare-goodbyes"; readonly arming: number; readonly goodbyes: readonly Goodbye[] }
  /** Service addresses to which routes of ours may be: in force until told otherwise, whatever fires meanwhile. */
  | { readonly kind: "guard-routes"; readonly addresses: readonly string[] }
  /** The agent ends in order: whatever happens now, do nothing. */
  | { readonly kind: "disarm" };

/** One sealed heartbeat that says goodbye, ready to be sent. */
export interface Goodbye {
  /** The node's own address on the network. */
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly base64: string;
}

/** Guard to agent. */
export type GuardReport =
  | { readonly kind: "ready"; readonly pid: number }
  /** The first thing that a guard does when it fires: an agent that runs again meanwhile must not take part. */
  | { readonly kind: "firing"; readonly arming: number }
  | GuardFired;

/** What the guard did: told to the agent if it lives again, and kept in a file for the next one. */
export interface GuardFired {
  readonly kind: "fired";
  readonly why: "agent-gone" | "lease-expired";
  /** Orders need a higher number from now on. */
  readonly arming: number;
  readonly at: Instant;
  /** From the moment it knew until the last address was off. */
  readonly took: Duration;
  readonly removed: readonly string[];
  /** Addresses that the kernel did not take off, each with the errno name. */
  readonly failed: readonly { readonly address: string; readonly code: string }[];
  /** Programs that had not ended, or are not known to have, when it said goodbye: `db of shop`. */
  readonly left: readonly string[];
  readonly goodbyesSent: number;
}

/** Size of a renewal: less than PIPE_BUF, so that it is written whole or not at all. */
export const RENEWAL_BYTES = 16;

/** Writes a renewal: the agent was well at `at`, and is to be judged dead `lease` later; a lease of 0 is never over. */
export function writeRenewal(into: DataView, at: Instant, lease: Duration): void {
  into.setFloat64(0, at, true);
  into.setFloat64(8, lease, true);
}

export const renewalAt = (from: DataView, offset: number): Instant => from.getFloat64(offset, true) as Instant;
export const renewalLease = (from: DataView, offset: number): Duration => from.getFloat64(offset + 8, true) as Duration;

/** How a guard ends that finds another one still at work (EX_TEMPFAIL). */
export const EXIT_NOT_ALONE = 75;

/** The guard's files lie beside the agent's socket: what it holds while it runs, and what it did last. */
export const guardLockFile = (socketPath: string): string => `${socketPath}.guard`;
export const guardReportFile = (socketPath: string): string => `${socketPath}.guard-fired`;
