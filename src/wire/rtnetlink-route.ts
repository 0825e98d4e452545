import { addressText } from "./ip-bytes.js";
import { decodeAttributes, NetlinkWriter, NLM_F, uint32Of } from "./netlink.js";

/*
 * struct rtmsg (linux/rtnetlink.h):
 *   0 family  1 destination length  2 source length  3 tos  4 table  5 protocol  6 scope  7 type  8 flags u32
 */
const RTMSG = 12;
const RTA = { destination: 1, outputInterface: 4, gateway: 5, preferredSource: 7, table: 15 } as const;
const FAMILIES: Readonly<Record<number, 4 | 6>> = { 2: 4, 10: 6 };
const [RTN_UNICAST, RTN_LOCAL] = [1, 2];
const AF_INET6 = 10;

export const RTM_ROUTE = { new: 24, delete: 25, get: 26 } as const;

/** A unicast route, as far as it matters to a service: where to, through what, from which address. */
export interface Route {
  readonly family: 4 | 6;
  /** Undefined: the default route. */
  readonly destination: string | undefined;
  readonly prefixLength: number;
  readonly gateway: string | undefined;
  readonly preferredSource: string | undefined;
  /** Undefined: several interfaces, or none. */
  readonly interfaceIndex: number | undefined;
  readonly table: number;
}

/** Asks by which route this host would send to an IPv6 address of 16 bytes. */
export const routeToRequest = (address: Uint8Array): Uint8Array =>
  new NetlinkWriter(RTM_ROUTE.get, NLM_F.request, Uint8Array.of(AF_INET6, address.length * 8, ...new Uint8Array(10)))
    .attribute(RTA.destination, address)
    .finish();

/** Whether the route, of which this is the payload, ends at this host. */
export const isLocalRoute = (payload: Uint8Array): boolean => payload.length >= RTMSG && payload[7] === RTN_LOCAL;

/** Reads the payload of RTM_NEWROUTE or RTM_DELROUTE; undefined when it is cut short, no unicast or of another family. */
export function decodeRoute(payload: Uint8Array): Route | undefined {
  const family = FAMILIES[payload[0] ?? 0];
  if (payload.length < RTMSG || family === undefined || payload[7] !== RTN_UNICAST) return undefined;
  const attributes = decodeAttributes(payload, RTMSG);
  return {
    family,
    destination: addressText(attributes.get(RTA.destination)),
    prefixLength: payload[1] ?? 0,
    gateway: addressText(attributes.get(RTA.gateway)),
    preferredSource: addressText(attributes.get(RTA.preferredSource)),
    interfaceIndex: uint32Of(attributes.get(RTA.outputInterface)),
    table: uint32Of(attributes.get(RTA.table)) ?? payload[4] ?? 0,
  };
}
