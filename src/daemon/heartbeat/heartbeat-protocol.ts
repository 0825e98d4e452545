import type { Failure } from "../../base/locum-error.js";
import type { Duration } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { Bulletin, DetectorReport } from "../../model/heartbeat.js";
import type { NetworkName, NodeName } from "../../model/names.js";
import type { Standing } from "../../os/linux/scheduling.js";
import type { Goodbye } from "../guard/guard-protocol.js";

/*
 * What the main thread and the heartbeat thread say to each other.
 *
 *   main thread  -- commands: message port, then 1 to an eventfd -->  heartbeat thread
 *   main thread  <-- messages: message port                      --   heartbeat thread
 *   both         count in shared memory that they are alive, and look at the other's count
 */

/** What can change while the thread runs. */
export interface HeartbeatSetup {
  readonly cluster: Cluster;
  /** All keys of the secret file; the first seals. */
  readonly secrets: readonly Uint8Array[];
}

/** What the thread is started with. */
export interface HeartbeatStart {
  readonly setup: HeartbeatSetup;
  readonly self: NodeName;
  readonly incarnation: number;
  /** An eventfd that is readable when commands wait. */
  readonly wakeFd: number;
  readonly pulses: SharedArrayBuffer;
}

/** Places of the counters in the shared memory. */
export const PULSE = { main: 0, heartbeat: 1, count: 2 } as const;

export type HeartbeatCommand =
  | { readonly kind: "publish-bulletin"; readonly bulletin: Bulletin; readonly urgent: boolean }
  | { readonly kind: "reconfigure"; readonly setup: HeartbeatSetup }
  /** Renew the guard's lease over this pipe from now on; undefined: there is no guard. A length of 0 is never over. */
  | { readonly kind: "renew-lease"; readonly fd: number | undefined; readonly length: Duration }
  /** Anew, with what was published last. */
  | { readonly kind: "prepare-goodbyes" }
  /** Say goodbye to all peers, repeat it, and end. */
  | { readonly kind: "say-goodbye" }
  /** End without a word. */
  | { readonly kind: "end" };

export type HeartbeatMessage =
  /** `standing`: what priority the thread got. */
  | { readonly kind: "started"; readonly standing: Standing }
  | { readonly kind: "reported"; readonly reports: readonly DetectorReport[] }
  /** When asked; unasked at the start, before any peer is heard, and whenever peers, ways or keys may have changed. */
  | { readonly kind: "goodbyes-prepared"; readonly goodbyes: readonly Goodbye[] }
  | { readonly kind: "goodbye-said" }
  /** This node can neither send nor receive heartbeats on a network, or (without failure) can again. */
  | { readonly kind: "network-changed"; readonly network: NetworkName; readonly failure: Failure | undefined }
  /** The main thread has not counted for so long; the lease is not renewed meanwhile. */
  | { readonly kind: "main-stalled"; readonly silence: Duration }
  /** Renewals do not reach the guard: the errno name. */
  | { readonly kind: "lease-not-renewed"; readonly code: string };
