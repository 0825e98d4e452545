import type { Duration } from "../base/time.js";
import type { Cluster } from "./cluster.js";
import type { Command, CommandOutcome } from "./command.js";
import type { ErrandEffect, ErrandInput } from "./errand.js";
import type { Bulletin, DetectorReport, RelayedBulletin } from "./heartbeat.js";
import type {
  HostRoute,
  KernelAddress,
  KernelLink,
  KernelSnapshot,
  PlacedAddress,
  TcpConnection,
  PeerMac,
  StationMac,
} from "./kernel.js";
import type { NetworkName, NodeName, ServiceName } from "./names.js";
import type { NodeState, SavedState } from "./node-state.js";
import type { Note } from "./note.js";
import type { InterfaceConfiguration } from "./interface-configuration.js";
import type { FailoverPlan, PathEffect, PathInput } from "./path.js";
import type { KeptPrograms, ProgramEffect, ProgramInput } from "./program.js";
import type { StartFault } from "./reload.js";

/** What a node's decisions start from. */
export interface NodeOptions {
  readonly cluster: Cluster;
  readonly self: NodeName;
  readonly incarnation: number;
  readonly program: string;
  readonly saved: SavedState;
  /** What an earlier run of the agent on this machine had placed, and may have left. */
  readonly ledger: readonly LedgerEntry[];
  /** Failovers of paths that an earlier run began. */
  readonly plans?: readonly FailoverPlan[];
  /** What the interfaces of path groups were configured with when all was well. */
  readonly snapshots?: readonly InterfaceConfiguration[];
  /** Absent in recordings of earlier programs. */
  readonly machine?: MachineOptions;
}

/** The machine, as the agent finds it. */
export interface MachineOptions {
  /** As in `MachineBrief`. */
  readonly boot: string;
  /** An earlier run of the agent may have left programs: `program-host-lost` says which, or `no-programs-left`. */
  readonly mayHaveRemains: boolean;
}

/** An address that is ours on this machine: written down before it is added, struck out after it is removed. */
export interface LedgerEntry extends PlacedAddress {
  readonly service: ServiceName;
  readonly epoch: number;
}

/** Facts, in the past tense. */
export type NodeInput =
  /** First of all inputs: what the kernel has, and what a program host keeps since a pause. */
  | { readonly kind: "started"; readonly kernel: KernelSnapshot; readonly programs?: KeptPrograms }
  | { readonly kind: "ticked" }
  | { readonly kind: "detector-reported"; readonly report: DetectorReport }
  | { readonly kind: "peer-state-received"; readonly peer: NodeName; readonly state: NodeState }
  | {
      readonly kind: "peer-connections-received";
      readonly peer: NodeName;
      readonly service: ServiceName;
      readonly connections: readonly TcpConnection[];
    }
  /** A living peer of this cluster said that its file does not have this node; repeated while that is so. */
  | { readonly kind: "peer-disowned"; readonly peer: NodeName }
  | { readonly kind: "peer-acknowledged"; readonly peer: NodeName }
  /** A peer passed on what a third node says. */
  | { readonly kind: "bulletin-relayed"; readonly by: NodeName; readonly relayed: RelayedBulletin }
  | { readonly kind: "state-relayed"; readonly by: NodeName; readonly state: NodeState }
  /** A new peer stream is up: of what went over an earlier one, nobody knows whether it arrived. */
  | { readonly kind: "peer-connected"; readonly peer: NodeName }
  | { readonly kind: "link-changed"; readonly link: KernelLink }
  | { readonly kind: "link-removed"; readonly index: number }
  | { readonly kind: "address-added"; readonly address: KernelAddress }
  | { readonly kind: "address-removed"; readonly address: KernelAddress }
  /** The whole kernel state was read again, because events were lost. */
  | { readonly kind: "kernel-read"; readonly kernel: KernelSnapshot }
  /** Somebody else's ARP or neighbour advertisement claimed an address on a link. */
  | { readonly kind: "announcement-heard"; readonly interface: string; readonly address: string; readonly mac: string }
  | PathInput
  | ProgramInput
  | ErrandInput
  | { readonly kind: "ping-judged"; readonly network: NetworkName; readonly reachable: boolean }
  /** Whether any target of a network answers lately; where none does, `ping-judged` follows if it stays so. */
  | { readonly kind: "ping-answers-changed"; readonly network: NetworkName; readonly answering: boolean }
  | { readonly kind: "step-done"; readonly step: number }
  | { readonly kind: "step-failed"; readonly step: number; readonly problem: StepProblem }
  | { readonly kind: "connections-read"; readonly service: ServiceName; readonly connections: readonly TcpConnection[] }
  /** `origin`: the node that forwarded it; such a command is not forwarded again. */
  | {
      readonly kind: "command-received";
      readonly id: string;
      readonly origin?: NodeName;
      readonly command: Command;
    }
  | { readonly kind: "command-answered"; readonly id: string; readonly outcome: CommandOutcome }
  /**
   * The file was read again; it is used only if the decisions say so. One without this node ends it in order.
   * `faults`: of programs that this node may have to run; absent where there are none.
   */
  | { readonly kind: "configuration-changed"; readonly cluster: Cluster; readonly faults?: readonly StartFault[] }
  /** The guard took our addresses off, because this agent was out for longer than its lease; a new incarnation has begun. */
  | { readonly kind: "guard-fired"; readonly incarnation: number }
  /** The peers took this node's incarnation for an old one; another one has begun, which they will believe in. */
  | { readonly kind: "incarnation-outdated"; readonly incarnation: number }
  | { readonly kind: "stop-requested" };

/** Why the kernel refused a step; `code` is the errno name. */
export interface StepProblem {
  readonly code: string;
  readonly message: string;
}

/** Orders. Those with a `step` are answered by `step-done` or `step-failed`. */
export type NodeEffect =
  | { readonly kind: "publish-bulletin"; readonly bulletin: Bulletin; readonly urgent: boolean }
  | { readonly kind: "publish-state"; readonly state: NodeState }
  | {
      readonly kind: "publish-connections";
      readonly service: ServiceName;
      readonly connections: readonly TcpConnection[];
    }
  /** The answer to `configuration-changed` that is taken up: use this file for everything from now on. */
  | { readonly kind: "use-configuration"; readonly cluster: Cluster }
  /** Pass on what another node says to peers that do not hear it themselves. */
  | { readonly kind: "relay-bulletin"; readonly to: readonly NodeName[]; readonly relayed: RelayedBulletin }
  | { readonly kind: "relay-state"; readonly to: readonly NodeName[]; readonly state: NodeState }
  /** Say goodbye to all peers: this node holds nothing and ends. */
  | { readonly kind: "say-goodbye" }
  | { readonly kind: "add-address"; readonly step: number; readonly placed: PlacedAddress }
  | { readonly kind: "remove-address"; readonly step: number; readonly placed: PlacedAddress }
  | { readonly kind: "announce"; readonly placed: PlacedAddress }
  | { readonly kind: "probe-address"; readonly placed: PlacedAddress }
  | IdentityEffect
  | RouteEffect
  | { readonly kind: "tickle"; readonly connections: readonly TcpConnection[] }
  | { readonly kind: "read-connections"; readonly service: ServiceName; readonly addresses: readonly string[] }
  /** The ledger as it must be on record before the next effect; the guard's list too. */
  | { readonly kind: "write-ledger"; readonly entries: readonly LedgerEntry[]; readonly guarded: boolean }
  | { readonly kind: "save"; readonly saved: SavedState }
  | {
      readonly kind: "monitor-pings";
      readonly targets: readonly PingTargets[];
      readonly interval: Duration;
      readonly timeout: Duration;
    }
  | PathEffect
  | ProgramEffect
  | ErrandEffect
  | { readonly kind: "forward-command"; readonly id: string; readonly to: NodeName; readonly command: Command }
  | { readonly kind: "answer-command"; readonly id: string; readonly outcome: CommandOutcome }
  | { readonly kind: "note"; readonly note: Note }
  | { readonly kind: "exit" };

export type IdentityEffect =
  /** Receive also what is sent to a peer's MAC, for these addresses; asked again, for these in place of others. */
  | { readonly kind: "listen-for-mac"; readonly step: number; readonly peer: PeerMac }
  | { readonly kind: "stop-listening"; readonly step: number; readonly station: StationMac }
  /** Let the switches on the link learn that a MAC is here. */
  | { readonly kind: "show-mac"; readonly station: StationMac };

export type RouteEffect =
  /** Refused with EEXIST where exactly this one is there. Routes of others to the same address stay, and go first. */
  | { readonly kind: "add-route"; readonly step: number; readonly route: HostRoute }
  | { readonly kind: "remove-route"; readonly step: number; readonly route: HostRoute }
  /** To which addresses routes of ours may be in the kernel from now on, for the guard and the next run of the agent. */
  | { readonly kind: "record-routes"; readonly addresses: readonly string[] };

export interface PingTargets {
  readonly network: NetworkName;
  readonly addresses: readonly string[];
}
