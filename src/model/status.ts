import type { Duration, Instant } from "../base/time.js";
import type { NodeAttribute } from "./attribute.js";
import type { FenceView } from "./fencing.js";
import type { NodeName, ServiceName } from "./names.js";
import type { MoveReason } from "./node-state.js";
import type { Finding } from "./note.js";
import type { ProgramElsewhere, ProgramExit, ProgramName, ProgramRole, ProgramState, ServiceHalt } from "./program.js";
import type { RuleName } from "./rule.js";
import type { PathGroupName, PathGroupState, PathHealth, PathRole, PathSwitchReason, UnmovedAddress } from "./path.js";
import type { UnfitReason } from "./unfit-reasons.js";

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

/** `leaving`: its agent stops in order, as that node sees it; at all others, who hear that when it is done, it has left. */
export type NodeCondition = "up" | "down" | "leaving" | "drained" | "unknown";

export interface PeerView {
  readonly name: NodeName;
  readonly state: NodeCondition;
  readonly since: Instant;
  readonly networks: readonly ReachView[];
  /** Its own address on the first network that leads there now; absent: none does. */
  readonly address?: string;
  readonly program?: string;
  /** By an operator, or the rule `by`. Absent: its state is not `drained`. */
  readonly drain?: { readonly by?: RuleName };
  readonly bannedUntil?: Instant;
  /** In the order of the configuration; undefined: it has none, or they are not known. */
  readonly paths?: readonly PathGroupView[];
  /** By name; absent: it has none, or is not there to say so. */
  readonly attributes?: readonly NodeAttribute[];
  /** Absent: nobody fenced it since it last came up. */
  readonly fence?: FenceView;
}

export interface PathGroupView {
  readonly name: PathGroupName;
  /** The path that carries the traffic. */
  readonly active: PathRole;
  readonly state: PathGroupState;
  /** When the state began. */
  readonly since: Instant;
  /** Why that path is the active one; undefined: it is the primary, and was so from the start, or it is not known. */
  readonly reason: PathSwitchReason | undefined;
  /** Whether an operator paused the group: nothing that fails moves its traffic. */
  readonly paused: boolean;
  readonly primary: PathView;
  readonly secondary: PathView;
  /** Failovers since the agent's start. */
  readonly switches: number;
  readonly lastSwitch?: { readonly at: Instant; readonly reason: PathSwitchReason; readonly took: Duration };
  /** The next change of paths waits until then, since there were too many. */
  readonly heldUntil?: Instant;
  /** Addresses that the last change of paths left where they were. */
  readonly unmoved: readonly UnmovedAddress[];
  /** Addresses of the active path that could not go to the other one now, and what speaks against it. */
  readonly obstacles: readonly UnmovedAddress[];
  /** What would stay behind, in words. */
  readonly immovable: readonly string[];
}

export interface PathView {
  readonly interface: string;
  /** Undefined: only the node itself knows. */
  readonly health: PathHealth | undefined;
  /** Member links of a trunk. */
  readonly members?: { readonly up: number; readonly total: number };
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

/**
 * `moving`: on its way to a holder. `starting`: its holder waits for programs of it, at first or anew. `blocked`: it is not
 * served, and stays so until something changes. `stopped`: somebody wanted it so.
 */
export type ServiceState = "active" | "moving" | "starting" | "stopped" | "blocked";

export interface ServiceView {
  readonly name: ServiceName;
  readonly holder: NodeName | undefined;
  readonly epoch: number;
  readonly state: ServiceState;
  readonly since: Instant;
  /** Nobody serves it since then, whoever has held it meanwhile; absent: it is served, or nobody was there yet who could. */
  readonly unservedSince?: Instant;
  readonly reason: MoveReason | undefined;
  readonly addresses: readonly string[];
  /** How the node whose view this is reaches each of the addresses. */
  readonly reach: readonly ReachableAddress[];
  readonly candidates: readonly Candidate[];
  /** An operator or a rule stopped it. */
  readonly halt?: ServiceHalt;
  /** On each node that has something to tell of them, in the order of the file; empty where there are none. */
  readonly programs: readonly ProgramView[];
  /** What the node whose view this is receives for the service in place of others. */
  readonly listensFor: readonly IdentityView[];
}

/** A service address, and what to use for it now. */
export interface ReachableAddress {
  /** Without prefix length. */
  readonly address: string;
  /** Itself, or an address of the holder on a network that works; undefined: no way there is known. */
  readonly use: string | undefined;
}

export interface ProgramView {
  readonly program: ProgramName;
  readonly node: NodeName;
  readonly state: ProgramState;
  readonly role: ProgramRole;
  readonly since: Instant;
  readonly restarts: number;
  readonly lastExit?: ProgramExit;
  /** It came to the end of its means there, and has not become ready since. */
  readonly failing?: true;
  /** It is not well, or not ready, although it was restarted for that. */
  readonly troubled?: true;
  /** It runs there although it must not, and was not started by that node's agent. */
  readonly stray?: true;
  /** Whether it runs there could not be found out. */
  readonly unprobed?: true;
  /** It is to run there, and begins only when nothing of it runs on another node. */
  readonly awaits?: ProgramElsewhere;
  /** What is wrong with it, or what it said last of itself. */
  readonly words?: string;
  /** It is down, and is tried again there then. */
  readonly retryAt?: Instant;
  /** It failed there: until then, its node has the service as the last choice, if at all. */
  readonly bannedUntil?: Instant;
}

/** A MAC of a node that is gone, and the interface that receives what is sent to it. */
export interface IdentityView {
  readonly node: NodeName;
  readonly mac: string;
  readonly interface: string;
}

export interface Candidate {
  readonly node: NodeName;
  readonly eligible: boolean;
  readonly reasons: readonly UnfitReason[];
  /** When the ban among them ends: of the node, or because of a program that failed on it. */
  readonly until?: Instant;
}

export interface FindingView {
  readonly finding: Finding;
  readonly since: Instant;
}
