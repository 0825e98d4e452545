/** What a scenario's bench keeps of each node. */
import type { Instant } from "../../src/base/time.js";
import type { Node } from "../../src/core/node.js";
import type { Cluster } from "../../src/model/cluster.js";
import type { DetectorReport } from "../../src/model/heartbeat.js";
import type { PlacedAddress } from "../../src/model/kernel.js";
import { type NodeName, networkName, wireId } from "../../src/model/names.js";
import type { LedgerEntry } from "../../src/model/node-io.js";
import type { NodeState, SavedState } from "../../src/model/node-state.js";

export interface Member {
  readonly name: NodeName;
  node: Node;
  alive: boolean;
  incarnation: number;
  /** How often its machine was started. */
  boots: number;
  saved: SavedState;
  ledger: readonly LedgerEntry[];
  /** The file that it goes by. */
  cluster: Cluster;
  readonly kernel: Map<string, PlacedAddress>;
  /** MACs of others that it receives frames for. */
  readonly listening: Set<string>;
  /** What its only interface is called now. */
  interface: string;
}

/** The latest that a node said. */
export interface Published {
  readonly state?: { readonly state: NodeState; readonly at: Instant } | undefined;
  readonly bulletin?: DetectorReport;
}

/** The name of two nodes together, whichever comes first. */
export const pairOf = (a: Member, b: Member): string => [a.name, b.name].sort().join(" ");

export const hearingOf = (observer: Member, subject: Member, heard: boolean): DetectorReport => ({
  kind: "hearing-changed",
  observer: wireId(observer.name),
  subject: wireId(subject.name),
  network: wireId(networkName("a")),
  heard,
});
