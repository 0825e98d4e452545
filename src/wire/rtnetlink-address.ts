import { viewOf } from "../base/bytes.js";
import { addressText, broadcastAddress, IPV4_LENGTH } from "./ip-bytes.js";
import { decodeAttributes, findAttribute, NetlinkWriter, NLM_F, textOf, uint32Of } from "./netlink.js";

/*
 * struct ifaddrmsg (linux/if_addr.h):  0 family  1 prefix length  2 flags  3 scope  4 index u32
 * struct ifa_cacheinfo:                0 preferred  4 valid  8 created  12 changed
 */
const IFADDRMSG = 8;
const IFA_CACHEINFO = 16;
const IFA = { address: 1, local: 2, label: 3, broadcast: 4, cacheInfo: 6, flags: 8, metric: 9, protocol: 11 } as const;
const AF = { inet: 2, inet6: 10 } as const;
const FOREVER = 0xffff_ffff;
const FLAGS = {
  secondary: 0x01,
  noDad: 0x02,
  dadFailed: 0x08,
  homeAddress: 0x10,
  deprecated: 0x20,
  tentative: 0x40,
  permanent: 0x80,
  manageTemporary: 0x100,
  noPrefixRoute: 0x200,
  joinMulticast: 0x400,
} as const;

export const RTM_ADDRESS = { new: 20, delete: 21, get: 22 } as const;

/** Marks addresses of ours among an interface's others (IFA_PROTO, Linux 5.18); shown by `ip address` as `proto 0x4c`. */
export const ADDRESS_PROTOCOL = 0x4c;

/** IFAPROT_KERNEL_LL (linux/if_addr.h): the kernel made the address for the link itself. */
export const ADDRESS_PROTOCOL_KERNEL_LINK_LOCAL = 3;

/** An address of an interface as the kernel describes it. */
export interface InterfaceAddress {
  readonly linkIndex: number;
  readonly family: 4 | 6;
  /** Canonical text. */
  readonly address: string;
  readonly prefixLength: number;
  /** The other end of a point-to-point link. */
  readonly peer: string | undefined;
  readonly broadcast: string | undefined;
  readonly label: string | undefined;
  /** RT_SCOPE_*: 0 everywhere, 253 on this link, 254 on this host. */
  readonly scope: number;
  /** The raw IFA_FLAGS, for what the booleans below do not say. */
  readonly flags: number;
  /** IPv4: another address of its subnet came first; it disappears with that one unless the link promotes secondaries. */
  readonly isSecondary: boolean;
  readonly isTentative: boolean;
  /** Duplicate address detection found another holder: the address does not work. */
  readonly isDuplicate: boolean;
  /** Not chosen as source of new connections. */
  readonly isDeprecated: boolean;
  /** Remaining seconds; undefined: forever. */
  readonly validSeconds: number | undefined;
  readonly preferredSeconds: number | undefined;
  /** Metric of the route to its subnet (IFA_RT_PRIORITY); undefined: the usual one, or a kernel that does not tell. */
  readonly metric: number | undefined;
  /** Who added it (IFA_PROTO_* of linux/if_addr.h, or a program's own mark); undefined: unknown. */
  readonly protocol: number | undefined;
  /** Added by Locum, as far as the kernel keeps such a mark. */
  readonly isOurs: boolean;
}

/** Reads the payload of RTM_NEWADDR or RTM_DELADDR; undefined when it is cut short or of another family. */
export function decodeInterfaceAddress(payload: Uint8Array): InterfaceAddress | undefined {
  if (payload.length < IFADDRMSG) return undefined;
  const family = FAMILIES[payload[0] ?? 0];
  if (family === undefined) return undefined;
  const attributes = decodeAttributes(payload, IFADDRMSG);
  const remote = addressText(attributes.get(IFA.address));
  const address = addressText(attributes.get(IFA.local)) ?? remote;
  if (address === undefined) return undefined;
  const flags = uint32Of(attributes.get(IFA.flags)) ?? payload[2] ?? 0;
  return {
    linkIndex: viewOf(payload).getUint32(4, true),
    family,
    address,
    prefixLength: payload[1] ?? 0,
    peer: remote === address ? undefined : remote,
    broadcast: addressText(attributes.get(IFA.broadcast)),
    label: textOf(attributes.get(IFA.label)),
    scope: payload[3] ?? 0,
    flags,
    isSecondary: family === 4 && (flags & FLAGS.secondary) !== 0,
    isTentative: (flags & FLAGS.tentative) !== 0,
    isDuplicate: (flags & FLAGS.dadFailed) !== 0,
    isDeprecated: (flags & FLAGS.deprecated) !== 0,
    ...lifetimes(attributes.get(IFA.cacheInfo)),
    metric: uint32Of(attributes.get(IFA.metric)),
    protocol: attributes.get(IFA.protocol)?.[0],
    isOurs: attributes.get(IFA.protocol)?.[0] === ADDRESS_PROTOCOL,
  };
}

/**
 * The number of the address in the payload of RTM_NEWADDR if it is a secondary IPv4 address of a link, undefined
 * otherwise: the quick answer for long lists.
 */
export function secondaryIpv4Of(payload: Uint8Array, linkIndex: number): number | undefined {
  if (payload.length < IFADDRMSG || viewOf(payload).getUint32(4, true) !== linkIndex) return undefined;
  if (payload[0] !== AF.inet || ((payload[2] ?? 0) & FLAGS.secondary) === 0) return undefined;
  const address = findAttribute(payload, IFADDRMSG, IFA.local);
  return address?.length === IPV4_LENGTH ? ipv4Number(address) : undefined;
}

export const ipv4Number = (address: Uint8Array): number => viewOf(address).getUint32(0);

const FAMILIES: Readonly<Record<number, 4 | 6>> = { [AF.inet]: 4, [AF.inet6]: 6 };

function lifetimes(cacheInfo: Uint8Array | undefined): Pick<InterfaceAddress, "validSeconds" | "preferredSeconds"> {
  const limited = (value: number | undefined): number | undefined => (value === FOREVER ? undefined : value);
  return {
    preferredSeconds: limited(uint32Of(cacheInfo)),
    validSeconds: limited(uint32Of(cacheInfo?.subarray(4))),
  };
}

/** An address to put on an interface. */
export interface AddressFields {
  readonly linkIndex: number;
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  /** IPv4 only; begins with the interface's name, at most 15 letters. */
  readonly label?: string;
  /** The other end of a point-to-point link, whose address then is in the place of the subnet's. */
  readonly peer?: Uint8Array;
  /** No route to its subnet comes with it. */
  readonly withoutRoute?: boolean;
}

/**
 * Adds an address for good, marked as ours, and refuses when it is there already. IPv6: without duplicate address
 * detection, which would keep it silent for a second, and deprecated from the start, lest the kernel choose it as the
 * source of the host's own connections, which would break when it moves. (A secondary IPv4 address is never chosen.)
 */
export function addAddressRequest(fields: AddressFields): Uint8Array {
  const { address, prefixLength, label } = fields;
  const isIpv4 = address.length === IPV4_LENGTH;
  const flags = FLAGS.permanent | (isIpv4 ? 0 : FLAGS.noDad) | (fields.withoutRoute === true ? FLAGS.noPrefixRoute : 0);
  const writer = new NetlinkWriter(
    RTM_ADDRESS.new,
    NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.excl,
    ifaddrmsg(fields),
  );
  writer.attribute(IFA.local, address).attribute(IFA.address, address).uint32(IFA.flags, flags);
  const broadcast = broadcastAddress(address, prefixLength);
  if (broadcast !== undefined) writer.attribute(IFA.broadcast, broadcast);
  if (isIpv4 && label !== undefined) writer.text(IFA.label, label);
  if (!isIpv4) writer.attribute(IFA.cacheInfo, DEPRECATED_FOREVER);
  return writer.attribute(IFA.protocol, Uint8Array.of(ADDRESS_PROTOCOL)).finish();
}

/** ifa_cacheinfo: preferred for 0 seconds, valid forever. */
const DEPRECATED_FOREVER: Uint8Array = Uint8Array.of(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0);

/** Flags that an administrator sets and that say what an address is; all others say what became of it. */
export const ADMINISTRATOR_FLAGS: number =
  FLAGS.homeAddress | FLAGS.manageTemporary | FLAGS.noPrefixRoute | FLAGS.joinMulticast;

/** Whether no route to its subnet comes with an address of these flags. */
export const hasNoPrefixRoute = (flags: number): boolean => (flags & FLAGS.noPrefixRoute) !== 0;

/** An address with everything that somebody may have configured. */
export interface FullAddressFields extends AddressFields {
  readonly broadcast?: Uint8Array;
  readonly scope: number;
  /** Of {@link ADMINISTRATOR_FLAGS}. */
  readonly flags: number;
  /** Undefined: forever. */
  readonly validSeconds?: number;
  readonly preferredSeconds?: number;
  readonly metric?: number;
  readonly protocol?: number;
}

/**
 * Puts an address on an interface, or gives one that is there these lifetimes, metric and flags. IPv6: without duplicate
 * address detection, since whoever moves an address knows where it was.
 */
export function putAddressRequest(fields: FullAddressFields): Uint8Array {
  const { address, peer, broadcast, label, scope, metric, protocol } = fields;
  const isIpv4 = address.length === IPV4_LENGTH;
  const header = ifaddrmsg(fields);
  header[3] = scope;
  const flags = NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.replace;
  const writer = new NetlinkWriter(RTM_ADDRESS.new, flags, header)
    .attribute(IFA.local, address)
    .attribute(IFA.address, peer ?? address)
    .uint32(IFA.flags, fields.flags | (isIpv4 ? 0 : FLAGS.noDad))
    .attribute(IFA.cacheInfo, cacheInfo(fields));
  if (broadcast !== undefined) writer.attribute(IFA.broadcast, broadcast);
  if (isIpv4 && label !== undefined) writer.text(IFA.label, label);
  if (metric !== undefined) writer.uint32(IFA.metric, metric);
  if (protocol !== undefined) writer.attribute(IFA.protocol, Uint8Array.of(protocol));
  return writer.finish();
}

function cacheInfo({ validSeconds, preferredSeconds }: FullAddressFields): Uint8Array {
  const bytes = new Uint8Array(IFA_CACHEINFO);
  viewOf(bytes).setUint32(0, preferredSeconds ?? FOREVER, true);
  viewOf(bytes).setUint32(4, validSeconds ?? FOREVER, true);
  return bytes;
}

/** Removes exactly this address with this prefix length from this interface. */
export const removeAddressRequest = (fields: AddressFields): Uint8Array =>
  new NetlinkWriter(RTM_ADDRESS.delete, NLM_F.request | NLM_F.ack, ifaddrmsg(fields))
    .attribute(IFA.local, fields.address)
    .attribute(IFA.address, fields.peer ?? fields.address)
    .finish();

/**
 * Asks for the addresses of one family (0: all) and one interface (0: all). Kernels without strict checking list those
 * of all interfaces.
 */
export function dumpAddressesRequest(linkIndex: number, family: 0 | 4): Uint8Array {
  const header = new Uint8Array(IFADDRMSG);
  header[0] = family === 4 ? AF.inet : 0;
  viewOf(header).setUint32(4, linkIndex, true);
  return new NetlinkWriter(RTM_ADDRESS.get, NLM_F.request | NLM_F.dump, header).finish();
}

function ifaddrmsg({ linkIndex, address, prefixLength }: AddressFields): Uint8Array {
  const bytes = new Uint8Array(IFADDRMSG);
  bytes[0] = address.length === IPV4_LENGTH ? AF.inet : AF.inet6;
  bytes[1] = prefixLength;
  viewOf(bytes).setUint32(4, linkIndex, true);
  return bytes;
}
