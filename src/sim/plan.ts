import type { Cluster } from "../model/cluster.js";
import type { Command } from "../model/command.js";
import type { NetworkName, NodeName, ServiceName } from "../model/names.js";
import type { ConfiguredNeighbour } from "../model/interface-configuration.js";
import type { ClockQuality } from "./clock.js";
import type { ProgramExit, ProgramName } from "../model/program.js";
import type { Misbehaviour } from "./misbehaviour.js";
import type { LinkQuality } from "./network.js";
import type { Pace } from "./pace.js";

/**
 * Everything about a simulated world that a seed chooses, as plain data: the installation, and what befalls it.
 * The same plan and seed give the same run; a fault left out of the plan leaves everything else as it was.
 */
export interface Plan {
  readonly seed: number;
  readonly site: SitePlan;
  readonly faults: readonly Fault[];
  /** World time in microseconds at which the last fault has ended and everything is put right again. */
  readonly healAt: number;
  /** Nothing is wrong in this world, ever: no service may move. */
  readonly isCalm: boolean;
}

export interface SitePlan {
  readonly cluster: Cluster;
  readonly segments: readonly SegmentPlan[];
  readonly hosts: readonly HostPlan[];
  /** Claims in one heartbeat: few, so that bulletins have several pages. */
  readonly claimsPerPage: number;
}

export interface SegmentPlan {
  readonly name: string;
  /** Undefined: no heartbeats here; a network for clients alone. */
  readonly network: NetworkName | undefined;
  readonly quality: LinkQuality;
  readonly pingTargets: readonly string[];
}

export interface HostPlan {
  readonly name: NodeName;
  readonly clock: ClockQuality;
  readonly pace: Pace;
  readonly interfaces: readonly InterfacePlan[];
  readonly promotesSecondaries: boolean;
  /** World time in microseconds at which the agent starts first. */
  readonly startAt: number;
}

export interface InterfacePlan {
  readonly name: string;
  readonly segment: string;
  readonly mac: string;
  /** The machine's own addresses, which are none of our business. */
  readonly addresses: readonly PlannedAddress[];
  /** What the machine configures on it besides. */
  readonly more?: MoreConfiguration;
  /** The second path to its segment, bare at first; `up`: and switched on. */
  readonly spare?: { readonly up: boolean };
}

export interface PlannedAddress {
  readonly address: string;
  readonly family: 4 | 6;
  readonly prefixLength: number;
}

export interface MoreConfiguration {
  readonly routes: readonly { readonly family: 4 | 6; readonly destination: string; readonly gateway?: string }[];
  readonly neighbours: readonly ConfiguredNeighbour[];
  readonly vlans: readonly {
    readonly name: string;
    readonly id: number;
    readonly addresses: readonly PlannedAddress[];
  }[];
}

/** Which part of a machine stands still: the two threads of the agent, one of them, its guard, or all. */
export type FreezeScope = "machine" | "agent" | "heartbeat-thread" | "main-thread" | "guard";

/** Orders that a kernel may refuse: for one address, or, each part by chance, what is put on a whole interface. */
export type RefusedOrder = "add" | "remove" | "change" | "capture";

/**
 * What cuts machines off does otherwise than it should. `late`: it takes its time. `lies`: it says that it is done, and does
 * nothing. `denies`: it does it, and says that it did not. `refuses`: it says no. `hangs`: it does nothing, and does not end.
 */
export type FencingFailure = "late" | "lies" | "denies" | "refuses" | "hangs";

/** Something that goes wrong, or that somebody does. `for` is how long it lasts, in microseconds. */
export type Trouble =
  /** Without `interface`: the cable of the first interface on the segment. */
  | {
      readonly kind: "cable-pulled";
      readonly host: number;
      readonly segment: number;
      readonly interface?: string;
      readonly for: number;
    }
  /** Nothing passes beyond the switch, though the cable carries a signal. */
  | { readonly kind: "path-died"; readonly host: number; readonly interface: string; readonly for: number }
  /** An operator detaches an interface, takes it out, puts another one in, and attaches that. */
  | { readonly kind: "interface-swapped"; readonly host: number; readonly interface: string; readonly for: number }
  | { readonly kind: "switch-died"; readonly segment: number; readonly for: number }
  | {
      readonly kind: "direction-cut";
      readonly segment: number;
      readonly from: number;
      readonly to: number;
      readonly for: number;
    }
  | {
      readonly kind: "pair-cut";
      readonly segment: number;
      readonly hosts: readonly [number, number];
      readonly for: number;
    }
  /** The two are cut from each other in every segment, and from nobody else. */
  | { readonly kind: "pair-parted"; readonly hosts: readonly [number, number]; readonly for: number }
  /** `side`: the hosts on one side; `withBeyond`: clients and ping targets are on that side too. */
  | {
      readonly kind: "partitioned";
      readonly segments: readonly number[];
      readonly side: readonly number[];
      readonly withBeyond: boolean;
      readonly for: number;
    }
  | { readonly kind: "disturbed"; readonly segment: number; readonly quality: LinkQuality; readonly for: number }
  | { readonly kind: "ping-targets-died"; readonly segment: number; readonly for: number }
  | { readonly kind: "replayed"; readonly host: number; readonly segment: number; readonly for: number }
  | { readonly kind: "frozen"; readonly host: number; readonly scope: FreezeScope; readonly for: number }
  /** `afterEffects`: how many effects the agent still performs. */
  | {
      readonly kind: "agent-crashed";
      readonly host: number;
      readonly afterEffects: number;
      readonly guardToo: boolean;
      readonly for: number;
    }
  | { readonly kind: "agent-stopped"; readonly host: number; readonly for: number }
  /** Somebody pauses the cluster, stops the host's agent, and says `unpause`, all of that before it is started again. */
  | {
      readonly kind: "maintained";
      readonly host: number;
      /** The host that the orders are given to. */
      readonly by: number;
      readonly stopAfter: number;
      readonly unpauseAfter: number;
      readonly for: number;
    }
  | { readonly kind: "powered-off"; readonly host: number; readonly for: number }
  | { readonly kind: "state-lost"; readonly host: number }
  | { readonly kind: "wall-clock-set"; readonly host: number; readonly by: number }
  | { readonly kind: "interface-down"; readonly host: number; readonly interface: string; readonly for: number }
  | { readonly kind: "interface-deleted"; readonly host: number; readonly interface: string; readonly for: number }
  | { readonly kind: "service-address-taken"; readonly host: number; readonly nth: number; readonly times: number }
  | { readonly kind: "service-address-put"; readonly host: number; readonly nth: number; readonly for: number }
  | { readonly kind: "foreign-address-put"; readonly host: number; readonly interface: string; readonly for: number }
  | {
      readonly kind: "kernel-refuses";
      readonly host: number;
      readonly order: RefusedOrder;
      readonly code: string;
      readonly for: number;
    }
  | { readonly kind: "kernel-events-lost"; readonly host: number; readonly for: number }
  | { readonly kind: "rival-announced"; readonly segment: number; readonly nth: number; readonly times: number }
  /** `nth`: of the programs that run there. */
  | { readonly kind: "program-ended"; readonly host: number; readonly nth: number; readonly exit: ProgramExit }
  /** `nth`: of the programs that run there, or, for what befalls a start, of all in the first file. */
  | {
      readonly kind: "program-misbehaves";
      readonly host: number;
      readonly nth: number;
      readonly how: Misbehaviour;
      readonly for: number;
    }
  | { readonly kind: "program-host-died"; readonly host: number }
  /** The agent dies, and somebody starts a unit of a service by hand before it is back. */
  | { readonly kind: "unit-begun"; readonly host: number; readonly nth: number; readonly for: number }
  /** Nobody says whether what an agent did not start runs. */
  | { readonly kind: "units-unanswered"; readonly host: number; readonly for: number }
  | { readonly kind: "fencing-fails"; readonly how: FencingFailure; readonly for: number }
  | { readonly kind: "commanded"; readonly host: number; readonly command: Command }
  /** The next version of the cluster file reaches each node after its own delay. */
  | { readonly kind: "reconfigured"; readonly cluster: Cluster; readonly delays: readonly number[] };

/** When a trouble begins: at a time, or a while after somebody said something for the n-th time. */
export type Moment =
  | { readonly kind: "at"; readonly time: number }
  | { readonly kind: "after-note"; readonly code: string; readonly nth: number; readonly wait: number };

/** `role`: for a moment after a note, the trouble befalls the node that said it rather than the one that is named. */
export interface Fault {
  readonly moment: Moment;
  readonly befallsSpeaker: boolean;
  readonly trouble: Trouble;
}

/** A service address by its place in a cluster's file, so that plans can point at one whatever the file says. */
export const nthAddress = (cluster: Cluster, nth: number): { service: ServiceName; address: string } | undefined => {
  const all = cluster.services.flatMap(({ name, addresses }) =>
    addresses.map(({ address }) => ({ service: name, address })),
  );
  return all[nth % Math.max(all.length, 1)];
};

/** The same for programs. */
export const nthProgram = (
  cluster: Cluster,
  nth: number,
): { readonly service: ServiceName; readonly program: ProgramName } | undefined => {
  const all = cluster.services.flatMap(({ name, programs }) =>
    (programs?.list ?? []).map((program) => ({ service: name, program: program.name })),
  );
  return all[nth % Math.max(all.length, 1)];
};
