/**
 * Path groups: two paths of one node to the same network, of which one carries the traffic (HN-1 to HN-14, AF-1). The
 * group's name is the "metanetwork" of the seeds.
 */
import type { Duration } from "../base/time.js";
import type { Failback } from "./cluster.js";
import type { EligibilityResult } from "./eligibility.js";
import type { InterfaceChange, InterfaceConfiguration } from "./interface-configuration.js";

export type PathGroupName = string & { readonly __name: "path-group" };
export const pathGroupName = (text: string): PathGroupName => text as PathGroupName;

export type PathRole = "primary" | "secondary";
export const otherRole = (role: PathRole): PathRole => (role === "primary" ? "secondary" : "primary");

export interface PathGroupConfig {
  readonly name: PathGroupName;
  readonly primary: PathConfig;
  readonly secondary: PathConfig;
  readonly standby: Standby;
  /** `keep`: each interface keeps its MAC. `move`: the MAC goes along with the addresses. */
  readonly mac: "keep" | "move";
  readonly monitor: PathMonitor;
  readonly threshold: Threshold;
  /** After a failover the new path is not judged for so long, since the other end may be moving too (HN-7). */
  readonly settleDelay: Duration;
  readonly failback: Failback;
  /** Addresses that one interface of the group may carry, at most (AF-3). */
  readonly addressesMax: number;
}

/** An interface, or a trunk of several. */
export interface PathConfig {
  /** Undefined: the master (bond, team, bridge) of the members. */
  readonly interface?: string;
  /** Member links of a trunk; empty: those that the kernel says have the interface as master, if any. */
  readonly members: readonly string[];
}

/**
 * What the secondary is while it stands by. `cold`: unconfigured, but switched on, so that it can be watched. `warm`:
 * switched off, with dummy parameters, for firewalls that want every interface defined from the start (HN-6).
 */
export type Standby =
  | { readonly kind: "cold" }
  | {
      readonly kind: "warm";
      readonly address?: { readonly address: string; readonly family: 4 | 6; readonly prefixLength: number };
      readonly mac?: string;
    };

export interface PathMonitor {
  /** A path without carrier for this long has failed; undefined: the carrier does not count. */
  readonly carrierDownFor: Duration | undefined;
  /** Addresses that answer while the path works; empty: only the carrier tells. */
  readonly ping: readonly string[];
  /** How many of them must answer. */
  readonly need: "any" | "all";
  readonly interval: Duration;
  /** A path whose targets were silent for this long has failed. */
  readonly downFor: Duration;
  /** A failed path must have worked for this long to count as healthy again. */
  readonly upFor: Duration;
}

/** A trunk has failed when this much of it is gone (HN-9); a share lies above 0 and is 1 at most. */
export type Threshold =
  | { readonly of: "members"; readonly share: number }
  | { readonly of: "members"; readonly count: number }
  | { readonly of: "bandwidth"; readonly share: number };

/** Why a group's traffic changed paths. */
export type PathSwitchReason =
  | { readonly kind: "carrier-lost" }
  | { readonly kind: "targets-silent"; readonly targets: readonly string[] }
  | { readonly kind: "trunk-below-threshold"; readonly failed: number; readonly members: number }
  | { readonly kind: "interface-gone" }
  /** The interface is administratively down, and this group did not do that. */
  | { readonly kind: "switched-off" }
  /** The active interface was gone, nothing else could carry the traffic, and now it is back without configuration. */
  | { readonly kind: "interface-returned" }
  | { readonly kind: "peer-switched"; readonly node: string }
  | { readonly kind: "operator" }
  | { readonly kind: "detached" }
  | { readonly kind: "failback" }
  /** The interface was down when the agent started (AF-2). */
  | { readonly kind: "down-at-start" };

/** How a path is at the moment. `unwatched`: switched off on purpose, so nothing can be said (warm standby). */
export type PathHealth = "healthy" | "failing" | "failed" | "recovering" | "unwatched" | "detached" | "missing";

/** There may be hundreds of routes; an operator has seen enough by then. */
export const OWED_TOLD_MAX = 20;

/** What a change of paths could not take along, or put back, yet. */
export interface Owed {
  /** In words, at most {@link OWED_TOLD_MAX}. */
  readonly owed: readonly string[];
  /** How many there are besides; absent: none. */
  readonly more?: number;
}

/** Why an operator's order about a path group was not followed. */
export type PathRefusal =
  | { readonly kind: "unknown-interface"; readonly interface: string }
  /** The path that would carry the traffic cannot, and the other is no worse. */
  | { readonly kind: "unusable"; readonly interface: string; readonly health: PathHealth }
  /** A change of paths is under way. */
  | { readonly kind: "switching" }
  | { readonly kind: "not-detached"; readonly interface: string };

/** What spoke against the first of several addresses; absent in notes of earlier versions. */
export interface Obstacle extends Pick<UnmovedAddress, "address" | "against"> {
  /** Where it was to go. */
  readonly to: string;
}

/** Why a change of paths was begun and came to nothing, with the traffic where it was. */
export type SwitchProblem =
  /** The kernel could not say how the interface is configured, and nothing is on record. */
  | { readonly kind: "not-captured"; readonly interface: string; readonly problem: string }
  /** None of the addresses may be put on the other interface. */
  | { readonly kind: "none-eligible"; readonly addresses: readonly string[]; readonly against?: Obstacle }
  /** These addresses would stay on an interface that is switched off, though it works. */
  | { readonly kind: "would-cut-off"; readonly addresses: readonly string[]; readonly against?: Obstacle }
  | { readonly kind: "step-refused"; readonly change: InterfaceChange["kind"]; readonly problem: string }
  /** The agent died while the change was carried out. */
  | { readonly kind: "interrupted" };

/**
 * A failover that is being carried out: written down before its first step and struck out after its last, so that an
 * agent that dies in between finishes or undoes it at its next start (AF-5).
 */
export interface FailoverPlan {
  readonly group: PathGroupName;
  readonly from: string;
  readonly to: string;
  readonly reason: PathSwitchReason;
  /** What is moved, as it was on `from`. */
  readonly moved: InterfaceConfiguration;
  /** What `to` was configured with before, and gets back if the plan is undone. */
  readonly replaced: InterfaceConfiguration;
  readonly steps: readonly InterfaceChange[];
  /** What undoes the steps, in the order in which it is done; each undoes as much as was done. */
  readonly undo: readonly InterfaceChange[];
  readonly direction: "forward" | "undo";
}

/** Who has what of a group, told to the peers (HN-7). */
export interface PathGroupBrief {
  readonly group: PathGroupName;
  readonly active: PathRole;
  /** Counts the group's failovers since the agent's start. */
  readonly switches: number;
  /** Addresses that the group carries. */
  readonly addresses: readonly string[];
  readonly state: PathGroupState;
}

/** `degraded`: one path does not work, or is not all there. `failed`: no path works. */
export type PathGroupState = "sound" | "degraded" | "switching" | "failed";

/** What is wrong with a path group; `group` is one of a node's. */
export type PathFinding = { readonly group: PathGroupName } & (
  | /** A path that stands by is dead: noticed before it is needed. */
    { readonly kind: "standby-path-down"; readonly interface: string }
  /** Neither path of the group works; the traffic stays on the interface. */
  | { readonly kind: "path-group-down"; readonly interface: string }
  /** The group's traffic changed paths too often lately. */
  | { readonly kind: "path-group-flapping" }
  /** The address stayed on the interface when the group's traffic left it. */
  | { readonly kind: "address-unmoved"; readonly address: string; readonly interface: string }
  /** The kernel refused to let what is named be taken from the one interface, `to`, to the other: it is tried again. */
  | ({ readonly kind: "path-group-incomplete"; readonly from: string; readonly to: string } & Owed)
);

/** What to watch of one path, for the watch thread. */
export interface PathWatch {
  readonly group: PathGroupName;
  readonly role: PathRole;
  readonly interface: string;
  readonly targets: readonly string[];
  readonly need: "any" | "all";
  readonly interval: Duration;
  /** Silence of this length makes the path unreachable. */
  readonly timeout: Duration;
  /**
   * The active path pings from its addresses; an idle one has none, and asks those of its targets that are on-link by ARP
   * and neighbour solicitation. The others do not count then; without any, nothing speaks against an idle path.
   */
  readonly idle: boolean;
}

/** Facts about paths. */
export type PathInput =
  | {
      readonly kind: "path-judged";
      readonly group: PathGroupName;
      readonly role: PathRole;
      /** Whether enough targets answer. */
      readonly reachable: boolean;
      readonly silent: readonly string[];
    }
  /** The answer to `capture-interface`; its refusal is a `step-failed`. */
  | { readonly kind: "interface-captured"; readonly step: number; readonly configuration: InterfaceConfiguration };

/** Orders about paths. Those with a step are answered. */
export type PathEffect =
  | { readonly kind: "capture-interface"; readonly step: number; readonly interface: string }
  | { readonly kind: "change-interface"; readonly step: number; readonly change: InterfaceChange }
  /** The plans as they must be on record before the next effect. */
  | { readonly kind: "write-plans"; readonly plans: readonly FailoverPlan[] }
  /** What the groups' interfaces are configured with, kept in case it can't be captured at the failure (HN-12). */
  | { readonly kind: "save-snapshot"; readonly interfaces: readonly InterfaceConfiguration[] }
  /** The paths to watch from now on, in place of all earlier ones; a path that stays as it is goes on undisturbed. */
  | { readonly kind: "monitor-paths"; readonly paths: readonly PathWatch[] };

/** What an operator said of a group, and which path carried the traffic: kept across restarts of the agent. */
export interface PathGroupMemory {
  readonly group: PathGroupName;
  readonly active: PathRole;
  readonly paused: boolean;
  readonly detached: readonly PathRole[];
  /** The MAC that the path that stands by has while the other one's has moved to the active one; absent: it has not. */
  readonly spareMac?: string;
  /** The MTU that the active interface has of its own; absent: the one that it has. */
  readonly standbyMtu?: { readonly interface: string; readonly mtu: number };
}

/** An address that stays on the path that failed, and what spoke against moving it. */
export interface UnmovedAddress {
  readonly address: string;
  readonly interface: string;
  /** Empty: the kernel refused it, for the reason in `problem`. */
  readonly against: readonly EligibilityResult[];
  readonly problem?: string;
}
