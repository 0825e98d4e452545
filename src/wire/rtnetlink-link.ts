import { viewOf } from "../base/bytes.js";
import { formatMac } from "./mac-address.js";
import { decodeAttributes, NetlinkWriter, NLM_F, textOf, uint32Of, type Attributes } from "./netlink.js";

/*
 * struct ifinfomsg (linux/rtnetlink.h):  0 family  2 type u16  4 index i32  8 flags u32  12 change u32
 */
const IFINFOMSG = 16;
const IFLA = {
  address: 1,
  name: 3,
  mtu: 4,
  master: 10,
  operState: 16,
  info: 18,
  specific: 26,
  extendedMask: 29,
} as const;
const IFLA_INFO_KIND = 1;
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
  /** Whether the kernel forwards IPv6 here; undefined where the kernel does not say. */
  readonly forwards6: boolean | undefined;
  /** Whether secondary IPv4 addresses outlive their primary here; undefined where the kernel does not say. */
  readonly promotesSecondaries: boolean | undefined;
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
    kind: kindOf(attributes),
    forwards6: settingOf(attributes, AF.inet6, IFLA_INET6_CONF, FORWARDING6),
    promotesSecondaries: settingOf(attributes, AF.inet, IFLA_INET_CONF, PROMOTE_SECONDARIES - 1),
  };
}

function kindOf(attributes: Attributes): string | undefined {
  const info = attributes.get(IFLA.info);
  return info === undefined ? undefined : textOf(decodeAttributes(info, 0).get(IFLA_INFO_KIND));
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

function ifinfomsg(index: number): Uint8Array {
  const bytes = new Uint8Array(IFINFOMSG);
  viewOf(bytes).setInt32(4, index, true);
  return bytes;
}
