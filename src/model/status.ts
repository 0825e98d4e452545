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
  /** Microseconds of the latest measured round trip; absent for this node itself. */
  readonly networks: readonly {
    readonly network: string;
    readonly reachable: boolean;
    readonly roundTripUs?: number;
  }[];
  readonly program?: string;
  readonly bannedUntil?: Instant;
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
