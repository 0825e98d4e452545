import { addressText } from "./ip-bytes.js";
import { decodeAttributes, uint32Of } from "./netlink.js";

/*
 * struct rtmsg (linux/rtnetlink.h):
 *   0 family  1 destination length  2 source length  3 tos  4 table  5 protocol  6 scope  7 type  8 flags u32
 */
const RTMSG = 12;
const RTA = { destination: 1, outputInterface: 4, gateway: 5, preferredSource: 7, table: 15 } as const;
const FAMILIES: Readonly<Record<number, 4 | 6>> = { 2: 4, 10: 6 };
const RTN_UNICAST = 1;

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
