import type { Duration } from "../../base/time.js";
import type { NodeInput, PingTargets } from "../../model/node-io.js";
import type { PathWatch } from "../../model/path.js";

/*
 * What the main thread and the watch thread say to each other.
 *
 *   main thread  -- orders: message port, then 1 to an eventfd -->  watch thread
 *   main thread  <-- reports: message port                     --   watch thread
 *   both         count in shared memory how many reported inputs the main thread has not taken yet
 */

/** What the thread is started with. */
export interface WatchStart {
  /** An eventfd that is readable when orders wait. */
  readonly wakeFd: number;
  /** One 32-bit number. */
  readonly untaken: SharedArrayBuffer;
}

export type WatchOrder =
  /** Report who else claims these addresses. */
  | { readonly kind: "listen-for"; readonly addresses: readonly string[] }
  /** Of a link that works again, forget the lack of answers of these addresses. */
  | { readonly kind: "expect-peers"; readonly addresses: readonly string[] }
  | {
      readonly kind: "monitor-pings";
      readonly targets: readonly OwnPingTargets[];
      readonly interval: Duration;
      readonly timeout: Duration;
    }
  /** Watch these paths from now on, in place of all earlier ones. */
  | { readonly kind: "monitor-paths"; readonly paths: readonly PathWatch[] }
  | { readonly kind: "end" };

export interface OwnPingTargets extends PingTargets {
  /** This node's own address on the network: requests leave from there. */
  readonly from: string;
}

export type WatchReport =
  /** From here on no change is missed. */
  { readonly kind: "watching" } | { readonly kind: "inputs"; readonly inputs: readonly NodeInput[] };

/**
 * So many untaken inputs and the thread stops reading: the kernel then keeps or drops what comes, and says so, instead
 * of a queue without end in here.
 */
export const UNTAKEN_MAX = 4_096;
