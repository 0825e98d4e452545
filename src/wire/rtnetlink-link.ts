import { viewOf } from "../base/bytes.js";
import { formatMac } from "./mac-address.js";
import {
  decodeAttributes,
  listAttributes,
  NetlinkWriter,
  NLM_F,
  textOf,
  uint32Of,
  type Attributes,
} from "./netlink.js";
import { decodeVlan, type Vlan, writeVlan } from "./rtnetlink-vlan.js";

/*
 * struct ifinfomsg (linux/rtnetlink.h):  0 family  2 type u16  4 index i32  8 flags u32  12 change u32
 */
const IFINFOMSG = 16;
const IFLA = {
  address: 1,
  name: 3,
  mtu: 4,
  parent: 5,
  master: 10,
  operState: 16,
  info: 18,
  specific: 26,
  extendedMask: 29,
  parentNamespace: 37,
  properties: 52,
} as const;
const IFLA_ALT_IFNAME = 53;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
/** Its IFLA_LINK is its other end. */
const KIND_OF_PAIRS = "veth";
const KIND_VLAN = "vlan";
const IFLA_INET_CONF = 1;
const IFLA_INET6_CONF = 2;
const AF = { unspecified: 0, inet: 2, inet6: 10 } as const;
/** Position in the array of IPv4 settings: IPV4_DEVCONF_PROMOTE_SECONDARIES, counted from 1 (linux/ip.h). */
const PROMOTE_SECONDARIES = 20;
/** Position in the array of IPv6 settings: DEVCONF_FORWARDING, counted from 0 (linux/ipv6.h). */
const FORWARDING6 = 0;
const IFF = { up: 0x1, loopback: 0x8, lowerUp: 0x1_0000 } as const;
const ARPHRD_ETHER = 1;
/** IF_OPER_* (linux/if.h), in their order. */
const OPER_STATES = ["unknown", "not-present", "down", "lower-layer-down", "testing", "dormant", "up"] as const;

export const RTM_LINK = { new: 16, delete: 17, get: 18, set: 19 } as const;

export type OperState = (typeof OPER_STATES)[number];

/** A network interface as the kernel describes it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Link-layer address; undefined where there is none. */
  readonly mac: string | undefined;
  readonly isEthernet: boolean;
  readonly isLoopback: boolean;
  readonly mtu: number;
  /** Switched on by the administrator. */
  readonly up: boolean;
  /** The other end of the cable is there. */
  readonly carrier: boolean;
  readonly operState: OperState;
  /** Index of the bridge or bond that it belongs to. */
  readonly master: number | undefined;
  /** What made it, such as `veth` or `bond`; undefined for hardware. */
  readonly kind: string | undefined;
  /** Index of the link that it lies on, such as a VLAN's; undefined where there is none in this network namespace. */
  readonly parent: number | undefined;
  /** What makes it a VLAN interface; undefined for others. */
  readonly vlan: Vlan | undefined;
  /** Whether the kernel forwards IPv6 here; undefined where the kernel does not say. */
  readonly forwards6: boolean | undefined;
  /** Whether secondary IPv4 addresses outlive their primary here; undefined where the kernel does not say. */
  readonly promotesSecondaries: boolean | undefined;
  /** Other names that it may be called by in requests. */
  readonly altNames: readonly string[];
}

/** Reads the payload of RTM_NEWLINK or RTM_DELLINK; undefined when it is cut short, nameless or no link itself. */
export function decodeLink(payload: Uint8Array): Link | undefined {
  // Bridges report their ports as links of family AF_BRIDGE: one of these "deleted" has left the bridge, no more.
  if (payload.length < IFINFOMSG || payload[0] !== AF.unspecified) return undefined;
  const view = viewOf(payload);
  const attributes = decodeAttributes(payload, IFINFOMSG);
  const name = textOf(attributes.get(IFLA.name));
  if (name === undefined || name === "") return undefined;
  const flags = view.getUint32(8, true);
  const mac = attributes.get(IFLA.address);
  const info = attributes.get(IFLA.info);
  const made = info === undefined ? undefined : decodeAttributes(info, 0);
  const kind = textOf(made?.get(IFLA_INFO_KIND));
  return {
    index: view.getInt32(4, true),
    name,
    mac: mac === undefined || mac.length === 0 ? undefined : formatMac(mac),
    isEthernet: view.getUint16(2, true) === ARPHRD_ETHER,
    isLoopback: (flags & IFF.loopback) !== 0,
    mtu: uint32Of(attributes.get(IFLA.mtu)) ?? 0,
    up: (flags & IFF.up) !== 0,
    carrier: (flags & IFF.lowerUp) !== 0,
    operState: OPER_STATES[attributes.get(IFLA.operState)?.[0] ?? 0] ?? "unknown",
    master: uint32Of(attributes.get(IFLA.master)),
    kind,
    parent: kind === KIND_OF_PAIRS ? undefined : parentOf(attributes),
    vlan: kind === KIND_VLAN ? decodeVlan(made?.get(IFLA_INFO_DATA)) : undefined,
    forwards6: settingOf(attributes, AF.inet6, IFLA_INET6_CONF, FORWARDING6),
    promotesSecondaries: settingOf(attributes, AF.inet, IFLA_INET_CONF, PROMOTE_SECONDARIES - 1),
    altNames: altNamesIn(attributes.get(IFLA.properties)),
  };
}

const altNamesIn = (properties: Uint8Array | undefined): readonly string[] =>
  properties === undefined
    ? []
    : listAttributes(properties, 0).flatMap(({ type, value }) =>
        type === IFLA_ALT_IFNAME ? (textOf(value) ?? []) : [],
      );

function parentOf(attributes: Attributes): number | undefined {
  const parent = uint32Of(attributes.get(IFLA.parent));
  return parent === 0 || attributes.has(IFLA.parentNamespace) ? undefined : parent;
}

/** One number of a family's array of settings within IFLA_AF_SPEC, as yes or no. */
function settingOf(attributes: Attributes, family: number, array: number, position: number): boolean | undefined {
  const specific = attributes.get(IFLA.specific);
  const settings = specific === undefined ? undefined : decodeAttributes(specific, 0).get(family);
  const values = settings === undefined ? undefined : decodeAttributes(settings, 0).get(array);
  const value = uint32Of(values?.subarray(position * 4));
  return value === undefined ? undefined : value !== 0;
}

/** Asks for one link. */
export const getLinkRequest = (index: number): Uint8Array =>
  new NetlinkWriter(RTM_LINK.get, NLM_F.request, ifinfomsg(index))
    .uint32(IFLA.extendedMask, RTEXT_FILTER_SKIP_STATS)
    .finish();

/** Asks for all links, without their counters. */
export const dumpLinksRequest = (): Uint8Array =>
  new NetlinkWriter(RTM_LINK.get, NLM_F.request | NLM_F.dump, ifinfomsg(0))
    .uint32(IFLA.extendedMask, RTEXT_FILTER_SKIP_STATS)
    .finish();

const RTEXT_FILTER_SKIP_STATS = 8;

/** Says whether the secondary IPv4 addresses of a link outlive their primary. */
export const setPromotionRequest = (index: number, promote: boolean): Uint8Array =>
  new NetlinkWriter(RTM_LINK.set, NLM_F.request | NLM_F.ack, ifinfomsg(index))
    .nested(IFLA.specific, (specific) =>
      specific.nested(AF.inet, (inet) =>
        inet.nested(IFLA_INET_CONF, (settings) => settings.uint32(PROMOTE_SECONDARIES, promote ? 1 : 0)),
      ),
    )
    .finish();

/** What to change of a link; what is left out stays. */
export interface LinkChange {
  readonly up?: boolean;
  readonly mac?: Uint8Array;
  /** Bytes of payload. */
  readonly mtu?: number;
}

/** Changes a link; either all of it or, in the order of MAC, MTU and switch, what comes before the refused part. */
export function setLinkRequest(index: number, change: LinkChange): Uint8Array {
  const header = ifinfomsg(index);
  if (change.up !== undefined) {
    viewOf(header).setUint32(8, change.up ? IFF.up : 0, true);
    viewOf(header).setUint32(12, IFF.up, true);
  }
  const writer = new NetlinkWriter(RTM_LINK.set, NLM_F.request | NLM_F.ack, header);
  if (change.mac !== undefined) writer.attribute(IFLA.address, change.mac);
  if (change.mtu !== undefined) writer.uint32(IFLA.mtu, change.mtu);
  return writer.finish();
}

export interface VlanLinkFields {
  readonly parent: number;
  readonly name: string;
  readonly vlan: Vlan;
  /** Undefined: its parent's. */
  readonly mac?: Uint8Array;
  readonly mtu: number;
  /** Index of the bridge or bond that it shall belong to. */
  readonly master?: number;
}

/** Makes a VLAN interface, switched off; refused with EEXIST when there is an interface of that name. */
export function createVlanRequest({ parent, name, vlan, mac, mtu, master }: VlanLinkFields): Uint8Array {
  const flags = NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.excl;
  const writer = new NetlinkWriter(RTM_LINK.new, flags, ifinfomsg(0))
    .text(IFLA.name, name)
    .uint32(IFLA.parent, parent)
    .uint32(IFLA.mtu, mtu);
  if (mac !== undefined) writer.attribute(IFLA.address, mac);
  if (master !== undefined) writer.uint32(IFLA.master, master);
  return writer
    .nested(IFLA.info, (info) =>
      info.text(IFLA_INFO_KIND, KIND_VLAN).nested(IFLA_INFO_DATA, (data) => writeVlan(data, vlan)),
    )
    .finish();
}

/** Deletes a link that software made. */
export const deleteLinkRequest = (index: number): Uint8Array =>
  new NetlinkWriter(RTM_LINK.delete, NLM_F.request | NLM_F.ack, ifinfomsg(index)).finish();

function ifinfomsg(index: number): Uint8Array {
  const bytes = new Uint8Array(IFINFOMSG);
  viewOf(bytes).setInt32(4, index, true);
  return bytes;
}
