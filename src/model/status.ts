import type { Instant } from "../base/time.js";
import type { NodeName, ServiceName } from "./names.js";
import type { MoveReason, UnfitReason } from "./node-state.js";
import type { Finding } from "./note.js";

/** What one node knows, as one plain tree; the only thing that API, CLI, console and SNMP read. */
export interface NodeView {
  readonly cluster: string;
  /** The node whose view this is. */
  readonly node: NodeName;
  readonly configHash: string;
  readonly paused: boolean;
  readonly nodes: readonly PeerView[];
  readonly services: readonly ServiceView[];
  readonly findings: readonly FindingView[];
}

export type NodeCondition = "up" | "down" | "leaving" | "drained" | "unknown";

export interface PeerView {
  readonly name: NodeName;
  readonly state: NodeCondition;
  readonly since: Instant;
  readonly networks: readonly ReachView[];
  readonly program?: string;
  readonly bannedUntil?: Instant;
}

/** Whether the node whose view this is reaches another on a network. */
export interface ReachView {
  readonly network: string;
  /** Both ways; of the node itself: it has a link there. */
  readonly reachable: boolean;
  /** Only its packets arrive here (`in`), or only those from here there (`out`), by both nodes' own accounts. */
  readonly oneWay?: "in" | "out";
  /** Microseconds of the latest measured round trip; absent for this node itself. */
  readonly roundTripUs?: number;
}

export interface ServiceView {
  readonly name: ServiceName;
  readonly holder: NodeName | undefined;
  readonly epoch: number;
  readonly state: "active" | "moving" | "stopped" | "blocked";
  readonly since: Instant;
  readonly reason: MoveReason | undefined;
  readonly addresses: readonly string[];
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly node: NodeName;
  readonly eligible: boolean;
  readonly reasons: readonly UnfitReason[];
}

export interface FindingView {
  readonly finding: Finding;
  readonly since: Instant;
}
