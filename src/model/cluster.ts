import type { Duration } from "../base/time.js";
import type { CheckConfig } from "./errand.js";
import type { FenceConfig } from "./fencing.js";
import type { HookConfig } from "./hook.js";
import type { NetworkName, NodeName, ServiceName } from "./names.js";
import type { RuleConfig } from "./rule.js";
import type { PathGroupConfig } from "./path.js";
import type { ProgramsConfig } from "./program.js";

/** The cluster file, parsed and checked: what every decision is made from. Plain data in the order of the file. */
export interface Cluster {
  readonly name: string;
  /** Absolute path of the file with the shared secret. */
  readonly secretFile: string;
  /** UDP port of heartbeats and TCP port of peer streams. */
  readonly port: number;
  readonly detection: Detection;
  readonly damping: Damping;
  readonly networks: readonly NetworkConfig[];
  readonly nodes: readonly NodeConfig[];
  readonly services: readonly ServiceConfig[];
  /** Absent when there are none. */
  readonly rules?: readonly RuleConfig[];
  /** Absent when there are none. */
  readonly checks?: readonly CheckConfig[];
  /** Absent when there are none. */
  readonly hooks?: readonly HookConfig[];
  /** SHA-256 (hex) over the meaning of the file, without comments, order of keys and paths on this machine. */
  readonly hash: string;
}

/** A peer that is silent on all networks for `timeout` is dead; packets leave every `interval`. */
export interface Detection {
  readonly interval: Duration;
  readonly timeout: Duration;
}

/**
 * Within this time all nodes have noticed what one of them has: in one timeout a death is noticed, and in another one all
 * know what follows from it.
 */
export const settlingTime = ({ detection }: Pick<Cluster, "detection">): Duration =>
  (detection.timeout * 2) as Duration;

/** A node that failed `failures` times `within` a time is banned for `ban`, doubled at each relapse up to `banMax`. */
export interface Damping {
  readonly failures: number;
  readonly within: Duration;
  readonly ban: Duration;
  readonly banMax: Duration;
}

export interface NetworkConfig {
  readonly name: NetworkName;
  /** Addresses beyond the cluster that answer ping while the network works; empty: no tie-breaker. */
  readonly ping: readonly string[];
}

export interface NodeConfig {
  readonly name: NodeName;
  readonly networks: readonly NodeNetwork[];
  readonly paths: readonly PathGroupConfig[];
  /** Absent: room without end, and a weight of 1. */
  readonly room?: NodeRoom;
  /** Absent: it cannot be fenced. */
  readonly fence?: FenceConfig;
}

/** Quantities by the name of a resource: `slots`, bytes of `memory`, whatever a file names. */
export type Amounts = Readonly<Record<string, number>>;

export interface NodeRoom {
  /** Of a resource that is not in it, the node has enough for everything. */
  readonly capacity: Amounts;
  /** The node's share of what is spread, beside the weights of the others. */
  readonly weight: number;
}

export interface NodeNetwork {
  readonly network: NetworkName;
  /** The node's own address on that network, in canonical text form, without prefix length. */
  readonly address: string;
}

export interface ServiceConfig {
  readonly name: ServiceName;
  readonly addresses: readonly ServiceAddress[];
  /** In order of preference. */
  readonly nodes: readonly NodeName[];
  readonly failback: Failback;
  /** Absent: it has none. */
  readonly programs?: ProgramsConfig;
  /** Absent: {@link ORDINARY}. */
  readonly placement?: ServicePlacement;
  /** Absent: `announce`. */
  readonly identity?: Identity;
  /** Nodes that do not hold it have routes to its addresses by the holder's own ones. */
  readonly hostRoutes?: true;
}

/**
 * How clients reach the holder whose caches no announcement refreshes. `listen`: the holder also receives what is sent to
 * the MACs of nodes that failed (TK-4). `mac`: the service has a MAC of its own, that moves with it.
 */
export type Identity = { readonly kind: "listen" } | { readonly kind: "mac"; readonly mac: string };

/** How a service's place depends on the other services. */
export interface ServicePlacement {
  /** What it takes of its node's room. */
  readonly size: Amounts;
  /** Where not all have room, the higher one has it. */
  readonly priority: number;
  /** It goes to the node with the least load rather than to the first in its list. */
  readonly spread: boolean;
  /** Services that the same node holds. */
  readonly with: readonly ServiceName[];
  /** Services that another node holds; it counts from either side. */
  readonly apart: readonly ServiceName[];
  /** Services without which it does not run, wherever they are. */
  readonly needs: readonly ServiceName[];
}

/** The resource that every service takes one of, unless its size says otherwise. */
export const SLOTS = "slots";

export const ORDINARY: ServicePlacement = {
  size: { [SLOTS]: 1 },
  priority: 0,
  spread: false,
  with: [],
  apart: [],
  needs: [],
};

/** Planned move back to the preferred node: never, as soon as it is fit, or once it has been fit for a time. */
export type Failback = { readonly kind: "never" } | { readonly kind: "after"; readonly delay: Duration };

export interface ServiceAddress {
  /** Canonical text form, without prefix length. */
  readonly address: string;
  readonly family: 4 | 6;
  readonly prefixLength: number;
  /**
   * An interface or a path group, of this name on every node of the service. Without it and `interfaces`: the interface
   * that has another address in the same subnet.
   */
  readonly interface?: string;
  /** The interfaces or path groups that may carry it, the preferred one first (AF-1); never together with `interface`. */
  readonly interfaces?: readonly string[];
  /** IPv4: what stands behind the interface's name and a colon where the address is listed. */
  readonly label?: string;
}
