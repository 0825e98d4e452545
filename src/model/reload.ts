import type { NodeName } from "./names.js";
import type { ProgramId } from "./program.js";

/** What of a cluster file two nodes must have alike to hear each other. */
export type Parting = "cluster" | "port" | "detection" | "addresses";

/** Why a node does not go on with another cluster file now. */
export type ReloadRefusal =
  | PeersRefusal
  /** It would end what serves here for something that cannot run here. */
  | ({ readonly kind: "program-cannot-start" } & StartFault);

/** The same, for what it would be to other nodes. */
export type PeersRefusal =
  /** It would no longer hear, or be heard by, these peers, which go by the file before. */
  | { readonly kind: "parting"; readonly change: Parting; readonly peers: readonly NodeName[] }
  /** These hear of each other only through nodes in between, whose word counts while they have the same nodes and networks. */
  | { readonly kind: "through-others"; readonly nodes: readonly NodeName[] }
  /** The file lacks a node that is alive: it would go on serving, and nobody would know. */
  | { readonly kind: "node-alive"; readonly node: NodeName }
  /** The file lacks a node that keeps addresses for as long as the cluster is paused. */
  | { readonly kind: "node-holding"; readonly node: NodeName };

/** Why a program of a file cannot start on this machine. */
export interface StartFault extends ProgramId {
  /** As `locum check` says it. */
  readonly problem: string;
  /** What to do, as one imperative sentence. */
  readonly advice: string;
}

/** What becomes of a program that runs when another cluster file takes force. */
export interface ProgramChange extends ProgramId {
  /** `begins-anew`: another process is made; `goes-on`: it runs on, and by other words; `ends`: the file does not have it for this node any more. */
  readonly how: "begins-anew" | "goes-on" | "ends";
  /** Why: keys of the file that say otherwise than before. Of one that begins anew, those that its process is made from. */
  readonly keys: readonly string[];
}

/** One thing that a cluster file has otherwise than the one before. */
export interface FileChange {
  readonly what: "setting" | "network" | "node" | "service";
  readonly name: string;
  readonly how: "added" | "removed" | "changed";
}
