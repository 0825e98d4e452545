import type { Duration } from "../base/time.js";
import type { AttributeNote } from "./attribute.js";
import type { FenceNote } from "./fencing.js";
import type { HandoverCause, PacketRefusal } from "./heartbeat.js";
import type { Mover } from "./mover.js";
import type { NetworkName, NodeName, ServiceName } from "./names.js";
import type { HoldCondition, MoveReason } from "./node-state.js";
import type { FileChange, ProgramChange, ReloadRefusal } from "./reload.js";
import type { RouteNote } from "./route-note.js";
import type { RuleName, RuleNote, RuleReading } from "./rule.js";
import type { PathNote } from "./path-note.js";
import type { PathFinding } from "./path.js";
import type { ProgramNote } from "./program-note.js";
import type { ProgramName } from "./program.js";
import type { PlacementCode, UnfitReason } from "./unfit-reasons.js";

/** `error`: would wake someone at night; `warning`: look at it today; `notice`: something moved; `info`: for the record. */
export type Severity = (typeof SEVERITIES)[number];
/** The least first. */
export const SEVERITIES = ["info", "notice", "warning", "error"] as const;

/**
 * One thing that a decision has to say, with a stable code and its data. Log, event stream, explanations, metrics and
 * coverage marks are all made from notes.
 */
export type Note =
  | PathNote
  | ProgramNote
  | AttributeNote
  | RuleNote
  | RouteNote
  | FenceNote
  | { readonly code: "agent.started"; readonly incarnation: number; readonly adopted: readonly string[] }
  /** The cluster file was read again and has this node no longer. */
  | { readonly code: "agent.dismissed" }
  /** The process that kept them in a pause speaks another version than this agent does: it ends them in order. */
  | { readonly code: "agent.programs-not-kept"; readonly theirs: number; readonly ours: number }
  | { readonly code: "agent.stopping" }
  | { readonly code: "agent.stopped" }
  | { readonly code: "agent.stalled"; readonly lateness: Duration }
  | { readonly code: "agent.fenced-by-guard" }
  /** Peers knew of a later incarnation of this node than its state directory and clock gave it. */
  | { readonly code: "agent.incarnation-outdated"; readonly incarnation: number }
  | { readonly code: "node.up"; readonly node: NodeName; readonly incarnation: number }
  | { readonly code: "node.down"; readonly node: NodeName; readonly silence: Duration }
  | { readonly code: "node.left"; readonly node: NodeName }
  /** It said goodbye without letting go of what it held: its guard spoke for an agent that died. */
  | { readonly code: "node.crashed"; readonly node: NodeName }
  | { readonly code: "node.unanswered"; readonly node: NodeName }
  /** By an operator, or the rule `by`. */
  | { readonly code: "node.drained"; readonly node: NodeName; readonly by?: RuleName }
  | { readonly code: "node.resumed"; readonly node: NodeName }
  | { readonly code: "node.banned"; readonly node: NodeName; readonly failures: number; readonly length: Duration }
  | { readonly code: "node.ban-ended"; readonly node: NodeName }
  | { readonly code: "cluster.paused" }
  | { readonly code: "cluster.unpaused" }
  /** `lasted`: for how long it had been so when it was told; absent where it is told at once, and in earlier versions. */
  | { readonly code: "finding.raised"; readonly finding: Finding; readonly lasted?: Duration }
  | { readonly code: "finding.cleared"; readonly finding: Finding }
  /** It goes on in other words than it was raised, or changed, in `before`. */
  | { readonly code: "finding.changed"; readonly finding: Finding; readonly before: Finding }
  | {
      readonly code: "service.claimed";
      readonly service: ServiceName;
      readonly epoch: number;
      readonly reason: MoveReason;
    }
  | { readonly code: "service.active"; readonly service: ServiceName; readonly epoch: number; readonly took: Duration }
  | {
      readonly code: "service.offered";
      readonly service: ServiceName;
      readonly epoch: number;
      readonly to: NodeName;
      readonly cause: HandoverCause;
      /** Whose order it is; absent: an operator's, or nobody's. */
      readonly by?: Mover;
    }
  | {
      readonly code: "service.offer-lapsed";
      readonly service: ServiceName;
      readonly to: NodeName;
      readonly declined: boolean;
    }
  | {
      readonly code: "service.offer-declined";
      readonly service: ServiceName;
      readonly from: NodeName;
      readonly reasons: readonly UnfitReason[];
    }
  /** A move that was asked for, or that the file asks for, and that the holder does not make. */
  | {
      readonly code: "service.move-refused";
      readonly service: ServiceName;
      readonly to: NodeName;
      readonly cause: "operator" | "failback" | Mover["kind"];
      /** As above. */
      readonly by?: Mover;
      readonly reasons: readonly UnfitReason[];
    }
  /** It lets go as soon as its programs have ended. */
  | {
      readonly code: "service.closing";
      readonly service: ServiceName;
      readonly epoch: number;
      readonly to: NodeName | undefined;
      readonly why: ReleaseReason;
    }
  /** It was to let go, and keeps it: what only a holder may run cannot be ended there. */
  | {
      readonly code: "service.kept";
      readonly service: ServiceName;
      readonly epoch: number;
      readonly program: ProgramName;
    }
  /** The node holds it and does not serve all of it, by its own word; and that this is over. */
  | {
      readonly code: "service.unserved";
      readonly service: ServiceName;
      readonly node: NodeName;
      readonly epoch: number;
      readonly condition: HoldCondition;
      /** An operator had programs restarted, or changed them in the file. */
      readonly byOrder?: true;
      /** So long after it began the node learnt of it; absent: at once. */
      readonly noticedAfter?: Duration;
      /** It has not served all of it since it took it, which it did for that reason. */
      readonly taken?: MoveReason;
    }
  | {
      readonly code: "service.served";
      readonly service: ServiceName;
      readonly node: NodeName;
      readonly epoch: number;
    }
  /** An operator, or the rule `by`, stopped it, or started it again. */
  | { readonly code: "service.halted"; readonly service: ServiceName; readonly by?: RuleName }
  | { readonly code: "service.resumed"; readonly service: ServiceName; readonly by?: RuleName }
  | {
      readonly code: "service.released";
      readonly service: ServiceName;
      readonly epoch: number;
      readonly why: ReleaseReason;
    }
  | {
      readonly code: "service.moved";
      readonly service: ServiceName;
      readonly epoch: number;
      readonly from: NodeName | undefined;
      readonly to: NodeName;
    }
  /** After nobody held it, the node that held it before does. */
  | { readonly code: "service.returned"; readonly service: ServiceName; readonly epoch: number; readonly to: NodeName }
  | {
      readonly code: "service.rival";
      readonly service: ServiceName;
      readonly epoch: number;
      readonly rival: NodeName;
      readonly rivalEpoch: number;
      /** It claimed so before it was silent, and may have let go since. */
      readonly isOld?: true;
    }
  | {
      readonly code: "service.rival-gone";
      readonly service: ServiceName;
      readonly rival: NodeName;
      /** For how long both held it at most, and ran its programs if it has any. */
      readonly overlap: Duration;
      readonly hasPrograms: boolean;
      /** It may have let go long before: it claimed nothing any more when it was heard again. */
      readonly isOld?: true;
    }
  | {
      readonly code: "address.added";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
    }
  | {
      readonly code: "address.adopted";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
    }
  | {
      readonly code: "address.removed";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
    }
  | {
      readonly code: "address.add-failed";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
      readonly problem: string;
    }
  | {
      readonly code: "address.remove-failed";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
      readonly problem: string;
    }
  | {
      readonly code: "address.taken-away";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
      readonly times: number;
      readonly restoreIn: Duration;
    }
  | {
      readonly code: "address.lost-with-interface";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
      /** The interface is not there any more; else it was switched off, which costs it its IPv6 addresses. */
      readonly isGone: boolean;
    }
  | { readonly code: "address.stray-removed"; readonly address: string; readonly interface: string }
  | {
      readonly code: "address.rival-heard";
      readonly service: ServiceName;
      readonly address: string;
      readonly interface: string;
      readonly mac: string;
      /** The peer whose MAC it is; absent for a stranger. */
      readonly node?: NodeName;
    }
  | {
      readonly code: "identity.taken";
      readonly node: NodeName;
      readonly services: readonly ServiceName[];
      readonly interface: string;
      readonly mac: string;
    }
  /** `returned`: the node is back; otherwise this node serves nothing of it on that interface any more. */
  | {
      readonly code: "identity.given-back";
      readonly node: NodeName;
      readonly services: readonly ServiceName[];
      readonly interface: string;
      readonly mac: string;
      readonly returned: boolean;
    }
  | {
      readonly code: "identity.refused";
      readonly node: NodeName;
      readonly services: readonly ServiceName[];
      readonly interface: string;
      readonly mac: string;
      readonly problem: string;
    }
  | { readonly code: "identity.kept"; readonly interface: string; readonly mac: string; readonly problem: string }
  | { readonly code: "link.lost"; readonly interface: string }
  | { readonly code: "link.restored"; readonly interface: string }
  | { readonly code: "link.renamed"; readonly interface: string; readonly from: string }
  | {
      readonly code: "packets.refused";
      readonly refusal: PacketRefusal;
      /** Who they claim to come from; undefined: no node of this cluster. */
      readonly sender: NodeName | undefined;
      readonly count: number;
    }
  /** Of what a peer passed on about a third node, this could not be used. */
  | {
      readonly code: "relay.refused";
      readonly by: NodeName;
      /** As the peer called it. */
      readonly about: string;
      readonly refusal: RelayRefusal;
      /** Since the previous such note. */
      readonly count: number;
    }
  | { readonly code: "command.received"; readonly command: string }
  /** `changes`, `programs`: absent in notes of earlier versions. */
  | {
      readonly code: "configuration.changed";
      readonly hash: string;
      readonly changes?: readonly FileChange[];
      /** What becomes of those that run. */
      readonly programs?: readonly ProgramChange[];
    }
  | { readonly code: "configuration.refused"; readonly refusal: ReloadRefusal }
  /** Ids of keys, as `locum keygen` names them: what this node seals with, and what else it accepts. */
  | { readonly code: "keys.changed"; readonly used: string; readonly accepted: readonly string[] };

/** Why something that a peer passed on changed nothing. */
export type RelayRefusal =
  | "unknown-node"
  /** Nobody needs to be told of himself. */
  | "about-receiver"
  /** Everybody speaks for himself in another way. */
  | "about-sender"
  | "old-incarnation";

export type NoteCode = Note["code"];

/** Why a node let go of a service. */
export type ReleaseReason =
  | { readonly kind: "outranked"; readonly by: NodeName; readonly epoch: number }
  /** A preferred peer announces its addresses, and is not heard otherwise. */
  | { readonly kind: "outranked-on-wire"; readonly by: NodeName }
  | { readonly kind: "unfit"; readonly reasons: readonly UnfitReason[] }
  | { readonly kind: "cut-off" }
  | { readonly kind: "stopping" }
  /** A planned move of a service whose programs may run on one node only. */
  | { readonly kind: "handed-over"; readonly to: NodeName; readonly cause: HandoverCause; readonly by?: Mover }
  /** An operator, or the rule `by`, stopped the service. */
  | { readonly kind: "halted"; readonly by?: RuleName }
  | { readonly kind: "not-configured" }
  | { readonly kind: "address-refused"; readonly problem: string }
  /** The guard took it off while the agent was not there to do so. */
  | { readonly kind: "guard" };

/** Who hears whom on a network. */
export type NetworkFinding =
  /** `services`: those whose clients are on it. */
  | { readonly kind: "network-down"; readonly network: NetworkName; readonly services: readonly ServiceName[] }
  | { readonly kind: "link-down"; readonly node: NodeName; readonly network: NetworkName }
  /** Packets from `from` reach `to`, and those from `to` do not reach `from`. */
  | { readonly kind: "one-way"; readonly network: NetworkName; readonly from: NodeName; readonly to: NodeName }
  | { readonly kind: "pair-cut"; readonly network: NetworkName; readonly nodes: readonly [NodeName, NodeName] }
  /** More such pairs than are told one by one; `node` is part of most of them. */
  | { readonly kind: "pairs-cut"; readonly network: NetworkName; readonly pairs: number; readonly node: NodeName }
  /** Nodes of one part hear each other on the network, and none of another part. */
  | { readonly kind: "network-split"; readonly network: NetworkName; readonly parts: readonly (readonly NodeName[])[] }
  | { readonly kind: "ping-lost"; readonly network: NetworkName };

/** Something that is wrong now, whoever sees it; it is raised once and cleared once, whatever becomes of its words. */
export type Finding =
  /** The node that finds this hears nobody, and has a sign that this is its own fault. */
  | {
      readonly kind: "cut-off";
      /** Networks to which it has no link. */
      readonly unplugged: readonly NetworkName[];
      /** Networks of which no ping target answers it; empty where its links tell enough. */
      readonly unanswered: readonly NetworkName[];
    }
  | { readonly kind: "node-down"; readonly node: NodeName }
  | NetworkFinding
  | { readonly kind: "node-unanswered"; readonly node: NodeName }
  | { readonly kind: "configuration-differs"; readonly node: NodeName }
  /** The node is not heard; packets in its name, which prove nothing, are sealed with no key of the secret file here. */
  | { readonly kind: "key-differs"; readonly node: NodeName }
  /** The file on this machine's disk is good, and yet not in force. */
  | { readonly kind: "configuration-refused"; readonly refusal: ReloadRefusal }
  | { readonly kind: "version-differs"; readonly node: NodeName; readonly min: number; readonly max: number }
  | { readonly kind: "service-unplaced"; readonly service: ServiceName }
  | SharedFinding
  /**
   * `node`: the peer whose MAC it is; absent for a stranger. `suspect`: a node with another key may be the one; this is said
   * where findings are shown (finding-shown.ts), and of no other use.
   */
  | {
      readonly kind: "address-contested";
      readonly address: string;
      readonly mac: string;
      readonly node?: NodeName;
      readonly suspect?: NodeName;
    }
  | { readonly kind: "address-unstable"; readonly address: string; readonly interface: string }
  /** An operator, or the rule `by`, took the node out of service; `services` stay on it for want of another node. */
  | {
      readonly kind: "node-drained";
      readonly node: NodeName;
      readonly by?: RuleName;
      readonly services?: readonly ServiceName[];
    }
  | { readonly kind: "node-banned"; readonly node: NodeName; readonly failures: number }
  /** Its agent is gone since a pause, and its machine keeps the service's addresses. */
  | { readonly kind: "left-behind"; readonly node: NodeName; readonly service: ServiceName }
  /** The peer's cluster file does not have the node that finds this. */
  | { readonly kind: "not-known-to-peer"; readonly node: NodeName }
  | ({ readonly node: NodeName } & PathFinding)
  /** A program is down and stays so for now, or is tried again only after a while. */
  | {
      readonly kind: "program-failed";
      readonly node: NodeName;
      readonly service: ServiceName;
      readonly program: ProgramName;
      readonly problem: string;
    }
  /**
   * It is slow, fails its health check, says that it is in trouble or does not become ready; it runs so, or is restarted
   * for it.
   */
  | {
      readonly kind: "program-troubled";
      readonly node: NodeName;
      readonly service: ServiceName;
      readonly program: ProgramName;
      readonly problem: string;
    }
  /** It stands by, and has not had what it would need to take over for a while. */
  | {
      readonly kind: "program-behind";
      readonly node: NodeName;
      readonly service: ServiceName;
      readonly program: ProgramName;
      readonly problem: string;
    }
  /** Not even SIGKILL ended it: what it holds is not free. */
  | {
      readonly kind: "program-stuck";
      readonly node: NodeName;
      readonly service: ServiceName;
      readonly program: ProgramName;
      /** Which processes are left, and in which state; absent: not known. */
      readonly problem?: string;
    }
  /** A unit or a resource of it runs where it must not, and was not started by that node's agent. */
  | {
      readonly kind: "program-stray";
      readonly node: NodeName;
      readonly service: ServiceName;
      readonly program: ProgramName;
    }
  /** Its holder does not begin it, since it runs on another node, or may. */
  | {
      readonly kind: "program-waiting";
      readonly node: NodeName;
      readonly service: ServiceName;
      readonly program: ProgramName;
      readonly on: NodeName;
      /** That node says that it runs there, or ends; else it has yet to look. */
      readonly isKnown: boolean;
      /** It said so last: it is not heard. */
      readonly isSilent?: true;
    }
  /** Whether it runs there cannot be found out: it may, although it must not. */
  | {
      readonly kind: "program-unprobed";
      readonly node: NodeName;
      readonly service: ServiceName;
      readonly program: ProgramName;
      readonly problem: string;
    }
  /** None of the methods has cut it off; `services` wait for that. */
  | {
      readonly kind: "fence-failed";
      readonly node: NodeName;
      readonly by: NodeName;
      readonly problem: string;
      readonly services: readonly ServiceName[];
      /** An operator or a rule wants it; absent: the cluster does, by itself. */
      readonly ordered?: true;
    }
  /** The kernel does not receive what is sent to the failed node's MAC: clients that know no other are not served. */
  | {
      readonly kind: "identity-refused";
      readonly node: NodeName;
      readonly services: readonly ServiceName[];
      readonly interface: string;
      readonly problem: string;
    }
  /** Programs on this node that do not ask may not reach the service. */
  | {
      readonly kind: "route-refused";
      readonly service: ServiceName;
      readonly address: string;
      readonly problem: string;
    }
  /** Somebody changes the node's attributes so often that changes are refused. */
  | { readonly kind: "attributes-flooded"; readonly node: NodeName }
  /** Its check cannot set an attribute: the node has as many as it can have. */
  | { readonly kind: "attributes-full"; readonly node: NodeName; readonly attribute: string }
  /**
   * It would act more than `times` within that time: it is left out for a while. `about`: the node or service, where it
   * looks at each.
   */
  | {
      readonly kind: "rule-suspended";
      readonly rule: RuleName;
      readonly about?: string;
      readonly times: number;
      readonly withinMs: number;
      readonly suspendMs: number;
    }
  /** It drained or stopped `of`, which was undone while its condition is true: it does not act again before that was false. */
  | {
      readonly kind: "rule-undone";
      readonly rule: RuleName;
      readonly about?: string;
      readonly did: "drain" | "stop";
      /** A node or a service. */
      readonly of: string;
    }
  /** Its condition compares what cannot be compared, such as an attribute of another kind; `readings`: when that began. */
  | {
      readonly kind: "rule-broken";
      readonly rule: RuleName;
      readonly about?: string;
      readonly problem: string;
      readonly readings: readonly RuleReading[];
    }
  /** Raised outside the decisions: state directory, black box, guard, rejected packets, missing rights. */
  | { readonly kind: "agent-impaired"; readonly what: ImpairedPart; readonly problem: string };

/** A finding about several services at once; which they are may change while it lasts. */
export type SharedFinding =
  /** The interface that would carry the services' addresses has no carrier or is down, and no network says so. */
  | {
      readonly kind: "interface-down";
      readonly node: NodeName;
      readonly interface: string;
      readonly services: readonly ServiceName[];
    }
  /** A node holds what it cannot serve, because nobody else can take it or nothing may move. */
  | {
      readonly kind: "holder-unfit";
      readonly node: NodeName;
      readonly reasons: readonly UnfitReason[];
      readonly services: readonly ServiceName[];
    }
  /** A node that is there could not take the services; another one could. */
  | {
      readonly kind: "standby-unfit";
      readonly node: NodeName;
      readonly reasons: readonly UnfitReason[];
      readonly services: readonly ServiceName[];
    }
  /** Nodes are fit for the services, and yet nobody holds them, because of other services or of a pause. */
  | {
      readonly kind: "service-waiting";
      readonly cause: PlacementCode | "paused";
      readonly services: readonly ServiceName[];
    }
  /** The services are served, and none of their other nodes could take them now. */
  | {
      readonly kind: "no-standby";
      readonly standbys: readonly UnfitNode[];
      readonly services: readonly ServiceName[];
    };

/** A node and what keeps it from holding a service. */
export interface UnfitNode {
  readonly node: NodeName;
  readonly reasons: readonly UnfitReason[];
}

/** Parts of the agent that can be impaired while the rest goes on. */
export type ImpairedPart =
  | "state directory"
  | "saved state"
  | "event history"
  | "black box"
  | "ledger"
  | "path plans"
  | "path snapshot"
  | "packet filters"
  | "host routes"
  | "route record"
  | "engine"
  | "guard"
  /** The process that runs commands of rules, checks and hooks. */
  | "errands"
  /** The process that runs the programs of services. */
  | "program host"
  | `hook ${string}`
  | "heartbeat thread"
  | "watch thread"
  | `peer stream ${string}`
  | "configuration"
  | `heartbeats on ${string}`;
