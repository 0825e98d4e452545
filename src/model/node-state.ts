import type { Duration } from "../base/time.js";
import type { NodeAttribute } from "./attribute.js";
import type { Bond, FenceBrief, FenceCancellation, FencedNode, Stray } from "./fencing.js";
import type { OrderedMove } from "./mover.js";
import type { NodeName, ServiceName } from "./names.js";
import type { PathFinding, PathGroupBrief, PathGroupMemory } from "./path.js";
import type { RuleFiring, RuleName } from "./rule.js";
import type { ProgramBrief, ProgramId, ProgramName, ServiceHalt } from "./program.js";
import type { UnfitReason } from "./unfit-reasons.js";

/** The full state of one node, sent to its peers on the peer stream whenever it changes. */
export interface NodeState {
  readonly node: NodeName;
  readonly incarnation: number;
  /** Grows with every change, within an incarnation. */
  readonly version: number;
  /** Version of the program. */
  readonly program: string;
  readonly drained: boolean;
  /** The rule that drained it; absent: an operator did, or it is not. */
  readonly drainedBy?: RuleName;
  readonly pause: Pause;
  /** MAC of each of the node's interfaces that can carry a service address (TK-8). */
  readonly interfaces: readonly { readonly interface: string; readonly mac: string }[];
  readonly fitness: readonly ServiceFitness[];
  readonly tenures: readonly Tenure[];
  readonly bans: readonly Ban[];
  /** Whether the interface with the node's own address on each network has a carrier; its name where there is one. */
  readonly carriers: readonly { readonly network: string; readonly carrier: boolean; readonly interface?: string }[];
  /** Ping targets of networks, by network, as this node reaches them. */
  readonly pings: readonly { readonly network: string; readonly reachable: boolean }[];
  /** Absent when there is none. */
  readonly leftBehind?: readonly KeptService[];
  /** Absent when it has no path groups. */
  readonly paths?: readonly PathGroupBrief[];
  /** What is wrong with them: at most {@link PATH_FINDINGS_TOLD_MAX}. Absent when nothing is, or it is older. */
  readonly pathFindings?: readonly PathFinding[];
  /** Absent when none runs or failed. */
  readonly programs?: readonly ProgramBrief[];
  /** Those that may run there without its agent having started them, and of which it does not know yet. Absent when there is none, or it is older. */
  readonly unlooked?: readonly ProgramId[];
  /** What it gives away by order of others than operators. Absent when there is none, or it is older. */
  readonly moves?: readonly OrderedMove[];
  /** Services that an operator or a rule stopped, or started since. Absent when there was none. */
  readonly halts?: readonly ServiceHalt[];
  /** By name; absent when it has none. */
  readonly attributes?: readonly NodeAttribute[];
  /** What it does, or did, to cut others off. Absent when it can fence nobody: its file has no methods, or it is older. */
  readonly fences?: readonly FenceBrief[];
  /** Orders to fence that it was told to take back, wherever they were given. Absent when there is none. */
  readonly fenceCancellations?: readonly FenceCancellation[];
  /** What it keeps of others that it may not hear any more, for those that never heard of it. Absent when there is none. */
  readonly bonds?: readonly Bond[];
  /** What it heard of from nodes themselves that it does not hear any more. Absent when there is none, or it is older. */
  readonly strays?: readonly Stray[];
  /** Absent when its file says of no fencing, or it is older. */
  readonly machine?: MachineBrief;
}

/** Of an address that stayed where it was there may be a hundred; an operator has seen enough by then. */
export const PATH_FINDINGS_TOLD_MAX = 20;

/** What a node says of the machine under its agent: what a restart of the agent does not end. */
export interface MachineBrief {
  /** Another one whenever the kernel is started (/proc/sys/kernel/random/boot_id). */
  readonly boot: string;
  /** What earlier runs of the agent had running, and is not proved to have ended. Absent: that is not known yet. */
  readonly remains?: readonly ProgramId[];
}

/** A service whose addresses stayed on a machine when its agent went in a pause. */
export interface KeptService {
  readonly node: NodeName;
  readonly service: ServiceName;
  readonly epoch: number;
}

/** Maintenance for all: the highest revision wins. */
export interface Pause {
  readonly paused: boolean;
  readonly revision: number;
}

/** Whether a node could hold a service now, in its own judgement; no reasons means fit. */
export interface ServiceFitness {
  readonly service: ServiceName;
  readonly reasons: readonly UnfitReason[];
  /** The interfaces that carry the service's addresses, or would; only where its identity is `listen`. */
  readonly carriers?: readonly CarrierMac[];
}

/** An interface that carries a service address, or may: clients know the address by its MAC. */
export interface CarrierMac {
  readonly address: string;
  /** `02:00:00:00:00:01` */
  readonly mac: string;
  /** It is up and has a carrier. */
  readonly link: boolean;
}

/** What a peer said of the MACs by which clients know a service while it holds it. */
export interface PeerCarriers {
  readonly node: NodeName;
  readonly service: ServiceName;
  readonly carriers: readonly CarrierMac[];
}

/** What a node knows of its own hold on a service. */
export interface Tenure {
  readonly service: ServiceName;
  readonly epoch: number;
  /** How long it has held, when the state was made. */
  readonly heldFor: Duration;
  readonly reason: MoveReason;
  /** Why it does not serve all of it now; absent when it does, or has no programs. */
  readonly condition?: HoldCondition;
  /** It is so because an operator had programs restarted, or changed them in the file. */
  readonly byOrder?: true;
  /** So long after it stopped serving all of it, this node learnt that; absent: at once. */
  readonly noticedAfter?: Duration;
}

/** `starting`: programs or addresses are on their way. `stopping`: it is about to let go. `failed`: a program is down. */
export type HoldCondition = "starting" | "stopping" | "failed";

/** Why a service moved to its holder. */
export type MoveReason =
  | { readonly kind: "cluster-start" }
  | { readonly kind: "holder-silent"; readonly from: NodeName }
  | { readonly kind: "holder-left"; readonly from: NodeName }
  | { readonly kind: "holder-crashed"; readonly from: NodeName }
  /** It was cut off by force. */
  | { readonly kind: "holder-fenced"; readonly from: NodeName }
  | { readonly kind: "holder-unfit"; readonly from: NodeName; readonly reasons: readonly UnfitReason[] }
  /** By an operator, or the rule `by`. */
  | { readonly kind: "holder-drained"; readonly from: NodeName; readonly by?: RuleName }
  /** For the sake of other services. */
  | { readonly kind: "placement"; readonly from: NodeName; readonly reasons: readonly UnfitReason[] }
  | { readonly kind: "operator"; readonly from?: NodeName }
  /** `by` is absent while its name is not known. */
  | { readonly kind: "rule"; readonly from?: NodeName; readonly by?: RuleName }
  /** One of its own programs asked for it; `by` as above. */
  | { readonly kind: "program"; readonly from?: NodeName; readonly by?: ProgramName }
  | { readonly kind: "failback"; readonly from: NodeName }
  /** It was stopped, and an operator or the rule `by` started it. */
  | { readonly kind: "started"; readonly by?: RuleName }
  /** `from` had it last, as far as is known, and had let go of it for the reasons. Absent: an earlier version does not say who. */
  | { readonly kind: "vacant"; readonly reasons: readonly UnfitReason[]; readonly from?: NodeName }
  /** It let go of it when it lost its network, and then all others had lost theirs too. */
  | { readonly kind: "lost-to-all"; readonly reasons: readonly UnfitReason[] }
  | { readonly kind: "adopted" };

export interface Ban {
  readonly node: NodeName;
  readonly remaining: Duration;
  readonly failures: number;
}

/** What a node keeps across restarts of the agent. */
export interface SavedState {
  readonly drained: boolean;
  /** As in `NodeState`. */
  readonly drainedBy?: RuleName;
  readonly pause: Pause;
  /** The highest epoch seen of each service. */
  readonly epochs: readonly { readonly service: ServiceName; readonly epoch: number }[];
  /** Of a pause: what others left behind, or hold as far as this node knows. Absent when there is none. */
  readonly leftBehind?: readonly KeptService[];
  /** Of a pause: what this node holds of programs alone, which nothing on the machine shows when they have ended. Absent when there is none. */
  readonly held?: SavedState["epochs"];
  /** Absent when there are no path groups. */
  readonly paths?: readonly PathGroupMemory[];
  /** Absent when no service was ever stopped. */
  readonly halts?: readonly ServiceHalt[];
  /** Absent when no service's identity is `listen`. */
  readonly peerMacs?: readonly PeerCarriers[];
  /** Those that were set without a lifetime. Absent when there are none. */
  readonly attributes?: readonly NodeAttribute[];
  /** What other nodes held and could not end when they were last heard. Absent when there is none. */
  readonly bonds?: readonly Bond[];
  /** What nodes said to run there that can be fenced, and did not start it. Absent when there is none. */
  readonly strays?: readonly Stray[];
  /** Nodes that are left alone since they were fenced. Absent when there is none. */
  readonly fenced?: readonly FencedNode[];
  /** Absent when no rule acted within the time of its limit. */
  readonly firings?: readonly RuleFiring[];
}

type SavedList =
  | "leftBehind"
  | "held"
  | "paths"
  | "halts"
  | "peerMacs"
  | "attributes"
  | "bonds"
  | "strays"
  | "fenced"
  | "firings";

/** Its lists, without the empty ones. */
export const savedLists = (lists: Required<Pick<SavedState, SavedList>>): Pick<SavedState, SavedList> =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));

export const NOTHING_SAVED: SavedState = { drained: false, pause: { paused: false, revision: 0 }, epochs: [] };
