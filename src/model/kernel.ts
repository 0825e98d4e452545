/** What the operating system has, as plain values: the part of it that decisions are made from. */
export interface KernelSnapshot {
  readonly links: readonly KernelLink[];
  readonly addresses: readonly KernelAddress[];
}

export interface KernelLink {
  readonly index: number;
  readonly name: string;
  /** `02:00:00:00:00:01`; empty where the link has none. */
  readonly mac: string;
  /** Administratively up. */
  readonly up: boolean;
  /** The kernel's carrier (IFF_LOWER_UP). */
  readonly carrier: boolean;
  readonly mtu: number;
  /** Index of the bond, team or bridge that it belongs to. */
  readonly master?: number;
  /** What made it, such as `veth`, `bond` or `vlan`; absent for hardware. */
  readonly kind?: string;
  /** Index of the link that it lies on, such as a VLAN's. */
  readonly parent?: number;
  readonly vlanId?: number;
  /** Megabits a second when its carrier last came up; absent where it has none or does not know. */
  readonly speedMbps?: number;
  /** Other names that people may call it by: ip-link(8), `property`. Absent where it has none. */
  readonly altNames?: readonly string[];
}

export interface KernelAddress {
  readonly linkIndex: number;
  readonly family: 4 | 6;
  /** Canonical text form, without prefix length. */
  readonly address: string;
  readonly prefixLength: number;
  /** IPv4 label; undefined when it is the interface's own name or IPv6. */
  readonly label?: string;
  /** IFA_FLAGS. */
  readonly flags: number;
}

/** An address on an interface, as we put it there. */
export interface PlacedAddress {
  readonly interface: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly prefixLength: number;
  /** IPv4: the part of its label behind the interface's name, such as `:1`; where both together are too long, it has none. */
  readonly labelSuffix?: string;
  /** The interface is one of our own making: it comes with the first address that it has, and goes with the last. */
  readonly made?: MadeInterface;
}

/** A route to one address, by another machine on the link behind an interface. */
export interface HostRoute {
  readonly address: string;
  readonly family: 4 | 6;
  /** Of the same family. */
  readonly gateway: string;
  readonly interface: string;
}

/** An interface with a MAC of its own on another one. */
export interface MadeInterface {
  /** The interface that it lies on. */
  readonly on: string;
  readonly mac: string;
}

/** What we call the interfaces that we make, by eight hexadecimal digits; nobody else is to use such a name. */
export const madeName = (digits: string): string => `locum-${digits}`;
export const isMadeName = (name: string): boolean => /^locum-[0-9a-f]{8}$/.test(name);

/** Whether a link-layer address is the Ethernet address of one station: the first byte of a group's is odd. */
export const isStationMac = (mac: string): boolean => /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(mac);

/** A MAC on the link behind an interface. */
export interface StationMac {
  readonly interface: string;
  /** `02:00:00:00:00:01` */
  readonly mac: string;
}

/** Whose frames are to be received too, where, and for which of our addresses. */
export interface PeerMac extends StationMac {
  /** Frames for others are left alone: this machine may forward packets, and must not do that to its peer's. */
  readonly addresses: readonly string[];
}

/** An established TCP connection of a client to a service address. */
export interface TcpConnection {
  readonly family: 4 | 6;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}
