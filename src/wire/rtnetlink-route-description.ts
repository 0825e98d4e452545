import { equalBytes, viewOf } from "../base/bytes.js";
import { addressText } from "./ip-bytes.js";
import { decodeAttributes, findAttribute, listAttributes, NetlinkWriter, NLM_F, uint32Of } from "./netlink.js";
import { RTM_ROUTE } from "./rtnetlink-route.js";

/*
 * A route in the kernel's own words, kept as they are and given back with another interface in them: struct rtmsg and
 * its attributes (linux/rtnetlink.h). Several next hops are in RTA_MULTIPATH, a list of
 *
 *   struct rtnexthop:  0 length u16  2 flags u8  3 weight - 1  4 interface i32, then attributes of its own
 */
const RTMSG = 12;
const RTNEXTHOP = 8;
const RTA = {
  destination: 1,
  outputInterface: 4,
  gateway: 5,
  priority: 6,
  preferredSource: 7,
  multipath: 9,
  cacheInfo: 12,
  table: 15,
  via: 18,
  expires: 23,
  nextHopId: 30,
} as const;
/** struct rta_cacheinfo: 8 expires i32, in hundredths of a second. */
const CACHE_EXPIRES = 8;
const TICKS_PER_SECOND = 100;
const FAMILIES: Readonly<Record<number, 4 | 6>> = { 2: 4, 10: 6 };
const AF_NUMBER = { 4: 2, 6: 10 } as const;
/** RTNH_F_PERVASIVE and RTNH_F_ONLINK: the flags that are configured. The others are states, which the kernel refuses. */
const CONFIGURED_FLAGS = 0x2 | 0x4;
const RTM_F_CLONED = 0x200;

export const ROUTE_TABLE = { main: 254, local: 255 } as const;
/** RTN_LOCAL: to this host itself. */
export const ROUTE_TYPE_LOCAL = 2;
/** RTPROT_*: who made a route. `ours` is that of no program in /etc/iproute2/rt_protos. */
export const ROUTE_PROTOCOL = { unspecified: 0, redirect: 1, kernel: 2, ours: 0x4c } as const;

/** A route and what must be known of it to move it. */
export interface DescribedRoute {
  readonly family: 4 | 6;
  /** Undefined: the default route. */
  readonly destination: string | undefined;
  readonly prefixLength: number;
  readonly gateway: string | undefined;
  readonly table: number;
  /** RTA_PRIORITY; undefined: the kernel's own, which is 0. */
  readonly metric: number | undefined;
  /** RTA_PREFSRC. */
  readonly source: string | undefined;
  readonly protocol: number;
  /** RTN_*. */
  readonly type: number;
  /** The interfaces that it leads through, each once. */
  readonly interfaces: readonly number[];
  readonly hasGateway: boolean;
  /** It only names a next hop that is kept elsewhere. */
  readonly usesNextHopObject: boolean;
  /** struct rtmsg and attributes; a view of the bytes it was read from. */
  readonly description: Uint8Array;
}

/** Quick answers for long lists, of the payload of RTM_NEWROUTE: whether the kernel made the route by itself, */
export const isKernelMade = (payload: Uint8Array): boolean => payload[5] === ROUTE_PROTOCOL.kernel;
/** which source what is sent by it has. */
export const sourceOf = (payload: Uint8Array): string | undefined =>
  addressText(findAttribute(payload, RTMSG, RTA.preferredSource));
/** and whether it is as good as another one for all that they lead to. */
export const isAlternative = (a: Uint8Array, b: Uint8Array): boolean =>
  KEY_BYTES.every((at) => a[at] === b[at]) &&
  KEY_ATTRIBUTES.every((type) => areSame(findAttribute(a, RTMSG, type), findAttribute(b, RTMSG, type)));

/** Of struct rtmsg: family, length of the destination, type of service, table. */
const KEY_BYTES = [0, 1, 3, 4] as const;
const KEY_ATTRIBUTES = [RTA.destination, RTA.priority, RTA.table] as const;
const areSame = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
  a === undefined || b === undefined ? a === b : equalBytes(a, b);

/** Reads the payload of RTM_NEWROUTE; undefined when it is cut short, of another family, or a cached one. */
export function decodeDescribedRoute(payload: Uint8Array): DescribedRoute | undefined {
  const family = FAMILIES[payload[0] ?? 0];
  if (payload.length < RTMSG || family === undefined) return undefined;
  if ((viewOf(payload).getUint32(8, true) & RTM_F_CLONED) !== 0) return undefined;
  const attributes = decodeAttributes(payload, RTMSG);
  const hops = nextHops(attributes.get(RTA.multipath));
  const single = uint32Of(attributes.get(RTA.outputInterface));
  const hopHasGateway = hops.some(({ attributes: own }) => own.has(RTA.gateway) || own.has(RTA.via));
  return {
    family,
    destination: addressText(attributes.get(RTA.destination)),
    prefixLength: payload[1] ?? 0,
    gateway: addressText(attributes.get(RTA.gateway)),
    table: uint32Of(attributes.get(RTA.table)) ?? payload[4] ?? 0,
    metric: uint32Of(attributes.get(RTA.priority)),
    source: addressText(attributes.get(RTA.preferredSource)),
    protocol: payload[5] ?? 0,
    type: payload[7] ?? 0,
    interfaces: [...new Set([...(single === undefined ? [] : [single]), ...hops.map((hop) => hop.linkIndex)])],
    hasGateway: attributes.has(RTA.gateway) || attributes.has(RTA.via) || hopHasGateway,
    usesNextHopObject: attributes.has(RTA.nextHopId),
    description: payload,
  };
}

interface NextHop {
  readonly at: number;
  readonly linkIndex: number;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

/** What follows an impossible length is ignored. */
function nextHops(list: Uint8Array | undefined): readonly NextHop[] {
  const hops: NextHop[] = [];
  if (list === undefined) return hops;
  const view = viewOf(list);
  for (let at = 0; at + RTNEXTHOP <= list.length;) {
    const length = view.getUint16(at, true);
    if (length < RTNEXTHOP || at + length > list.length) break;
    const attributes = decodeAttributes(list.subarray(at, at + length), RTNEXTHOP);
    hops.push({ at, linkIndex: view.getInt32(at + 4, true), attributes });
    at += (length + 3) & ~3;
  }
  return hops;
}

/**
 * Adds a described route; refused with EEXIST only when exactly this one is there: others of its prefix stay beside.
 *
 * @param leads IPv4: before those that are as good, and not behind them
 */
export const addRouteRequest = ({ description }: DescribedRoute, linkIndex: number, leads = false): Uint8Array =>
  routeRequest(RTM_ROUTE.new, NLM_F.create | (leads ? 0 : NLM_F.append), description, linkIndex);

/** Removes a described route and no other; refused with ESRCH when it is not there. */
export const deleteRouteRequest = ({ description }: DescribedRoute, linkIndex: number): Uint8Array =>
  routeRequest(RTM_ROUTE.delete, 0, description, linkIndex);

/** The description with every interface in it replaced, and without what is no configuration. */
function routeRequest(type: number, flags: number, description: Uint8Array, linkIndex: number): Uint8Array {
  const header = description.slice(0, RTMSG);
  const view = viewOf(header);
  view.setUint32(8, view.getUint32(8, true) & CONFIGURED_FLAGS, true);
  const writer = new NetlinkWriter(type, NLM_F.request | NLM_F.ack | flags, header);
  for (const { type: attribute, writtenType, value } of listAttributes(description, RTMSG)) {
    if (attribute === RTA.outputInterface) writer.uint32(attribute, linkIndex);
    else if (attribute === RTA.multipath) writer.attribute(writtenType, redirectedHops(value, linkIndex));
    else if (attribute === RTA.cacheInfo) writeExpiry(writer, value);
    else writer.attribute(writtenType, value);
  }
  return writer.finish();
}

function redirectedHops(list: Uint8Array, linkIndex: number): Uint8Array {
  const redirected = list.slice();
  const view = viewOf(redirected);
  for (const { at } of nextHops(list)) {
    view.setUint8(at + 2, view.getUint8(at + 2) & CONFIGURED_FLAGS);
    view.setInt32(at + 4, linkIndex, true);
  }
  return redirected;
}

/** IPv6 routes tell what is left of their time here, and are told it in another place. */
function writeExpiry(writer: NetlinkWriter, cacheInfo: Uint8Array): void {
  if (cacheInfo.length < CACHE_EXPIRES + 4) return;
  const ticks = viewOf(cacheInfo).getInt32(CACHE_EXPIRES, true);
  if (ticks > 0) writer.uint32(RTA.expires, Math.ceil(ticks / TICKS_PER_SECOND));
}

/** Asks for the routes of one family through a link. Kernels without strict checking list all. */
export const dumpLinkRoutesRequest = (family: 4 | 6, linkIndex: number): Uint8Array =>
  routesRequest(family).uint32(RTA.outputInterface, linkIndex).finish();

/** Asks for all routes of one family. */
export const dumpAllRoutesRequest = (family: 4 | 6): Uint8Array => routesRequest(family).finish();

function routesRequest(family: 4 | 6): NetlinkWriter {
  const header = new Uint8Array(RTMSG);
  header[0] = AF_NUMBER[family];
  return new NetlinkWriter(RTM_ROUTE.get, NLM_F.request | NLM_F.dump, header);
}
