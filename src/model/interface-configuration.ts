/**
 * What an interface is configured with, as plain values: what is captured from a failed interface and put on another
 * (HN-4, HN-12, AF-5, AF-10). Only what somebody configured: what the kernel makes by itself (connected routes, an IPv6
 * link-local address, learnt neighbours) comes back by itself.
 */

/** Everything that moves from one interface to another, in the order in which it is put there. */
export interface InterfaceConfiguration {
  readonly interface: string;
  /** `02:00:00:00:00:01`; empty where the link has none. */
  readonly mac: string;
  readonly mtu: number;
  /** Administratively up. */
  readonly up: boolean;
  readonly addresses: readonly ConfiguredAddress[];
  readonly routes: readonly ConfiguredRoute[];
  readonly neighbours: readonly ConfiguredNeighbour[];
  /**
   * Routes over other interfaces that go out from an address of this one: the kernel takes them, or their source, away with
   * the address. Absent: none.
   */
  readonly sourced?: readonly RoutesElsewhere[];
  /** VLAN interfaces on this one, each with what is configured on it. Those that other interfaces lie on are immovable. */
  readonly vlans: readonly VlanInterface[];
  /** What is there and cannot be moved, in words for the operator, such as `a macvlan interface mv0 on eth0`. */
  readonly immovable: readonly string[];
}

/** Routes over another interface. */
export interface RoutesElsewhere {
  readonly interface: string;
  readonly routes: readonly ConfiguredRoute[];
}

export interface ConfiguredAddress {
  readonly family: 4 | 6;
  /** Canonical text form, without prefix length. */
  readonly address: string;
  readonly prefixLength: number;
  /** The other end of a point-to-point link. */
  readonly peer?: string;
  readonly broadcast?: string;
  /** IPv4: the part of the label behind the interface's name, such as `:1`; undefined when there is none. */
  readonly labelSuffix?: string;
  /** RT_SCOPE_* (linux/rtnetlink.h): 0 everywhere, 253 on this link, 254 on this host. */
  readonly scope: number;
  /** IFA_FLAGS that an administrator can set (linux/if_addr.h). */
  readonly flags: number;
  /** Seconds that are left; undefined: forever. */
  readonly validSeconds?: number;
  readonly preferredSeconds?: number;
  /** IFA_RT_PRIORITY: metric of the connected route. */
  readonly metric?: number;
  /** IFA_PROTO. */
  readonly protocol?: number;
}

/** A route through the interface that somebody added. */
export interface ConfiguredRoute {
  readonly family: 4 | 6;
  /** `default` or a prefix such as `10.2.0.0/16`, for words. */
  readonly destination: string;
  readonly gateway?: string;
  readonly table: number;
  /** Absent: none was given, or it was recorded by an earlier version. */
  readonly metric?: number;
  /** RTA_PREFSRC: the host's address that what is sent by the route comes from, where one was given. */
  readonly source?: string;
  /** IPv4: of those that are as good as each other it comes first, and is the one that is used. */
  readonly leads?: true;
  /**
   * The kernel's own description (struct rtmsg and attributes, base64), so that metrics, multipath and whatever a newer
   * kernel knows survive; the interface in it is replaced when it is put back.
   */
  readonly description: string;
}

/** A permanent neighbour entry or a proxy. */
export interface ConfiguredNeighbour {
  readonly family: 4 | 6;
  readonly address: string;
  /** Empty for a proxy. */
  readonly mac: string;
  readonly isProxy: boolean;
  /** IPv6: it is known to be a router. */
  readonly isRouter?: true;
}

export interface VlanInterface {
  readonly name: string;
  /** VLAN id, 1 to 4094. */
  readonly id: number;
  readonly protocol: "802.1Q" | "802.1ad";
  /** IFLA_VLAN_FLAGS (linux/if_vlan.h). */
  readonly flags: number;
  /** Name of the bridge or bond that it belongs to. */
  readonly master?: string;
  /** IFLA_VLAN_EGRESS_QOS and IFLA_VLAN_INGRESS_QOS in the kernel's own words, base64. */
  readonly priorityMaps?: { readonly egress?: string; readonly ingress?: string };
  /** Its MAC is empty when it is only that of the interface below. */
  readonly configuration: Omit<InterfaceConfiguration, "vlans">;
}

/**
 * One change of interfaces, a step of a plan. Each is idempotent: what is already so is a success, so that a plan may be
 * carried out again from any step after a crash. A batch is refused as a whole only when a part of it cannot be done; the
 * parts that could be done are done then, and the message names the others.
 */
export type InterfaceChange =
  | { readonly kind: "disable"; readonly interface: string }
  | { readonly kind: "enable"; readonly interface: string }
  /** An interface that refuses it while up is switched off for the moment. */
  | { readonly kind: "set-mac"; readonly interface: string; readonly mac: string }
  | { readonly kind: "set-mtu"; readonly interface: string; readonly mtu: number }
  | {
      readonly kind: "add-addresses" | "remove-addresses";
      readonly interface: string;
      readonly addresses: readonly ConfiguredAddress[];
    }
  | {
      readonly kind: "add-routes" | "remove-routes";
      readonly interface: string;
      readonly routes: readonly ConfiguredRoute[];
    }
  | {
      readonly kind: "add-neighbours" | "remove-neighbours";
      readonly interface: string;
      readonly neighbours: readonly ConfiguredNeighbour[];
    }
  /** Makes the VLAN interface on `interface` with all of its configuration, and switches it on if it was on. */
  | { readonly kind: "create-vlans"; readonly interface: string; readonly vlans: readonly VlanInterface[] }
  /** Deletes VLAN interfaces that are on `interface`; others of that name are left alone. */
  | { readonly kind: "delete-vlans"; readonly interface: string; readonly vlans: readonly VlanInterface[] }
  /** Forgets learnt neighbours of the interface: they may be reachable through another one now. */
  | { readonly kind: "forget-neighbours"; readonly interface: string }
  /** Gratuitous ARP and unsolicited neighbour advertisements for addresses on the interface and on its VLANs. */
  | {
      readonly kind: "announce-addresses";
      readonly interface: string;
      readonly addresses: readonly ConfiguredAddress[];
      readonly vlans: readonly VlanInterface[];
    };

export type InterfaceChangeKind = InterfaceChange["kind"];
