import { NetlinkWriter, NLM_F } from "./netlink.js";
import { ROUTE_PROTOCOL } from "./rtnetlink-route-description.js";
import { RTM_ROUTE } from "./rtnetlink-route.js";

/*
 * Routes of ours to one address each, in the main table. The kernel tells routes to one destination apart by metric, and
 * those of one metric by where they lead: with `append`, one is put in behind the others, and none is ever replaced.
 *
 * struct rtmsg (linux/rtnetlink.h):
 *   0 family  1 destination length  2 source length  3 tos  4 table  5 protocol  6 scope  7 type  8 flags u32
 */
const AF = { inet: 2, inet6: 10 } as const;
const RTMSG = 12;
const RTA = { destination: 1, outputInterface: 4, gateway: 5, metric: 6 } as const;
const RT_TABLE_MAIN = 254;
const SCOPE_UNIVERSE = 0;
const RTN_UNICAST = 1;
/**
 * More than what administrators and network programs give (0 and 1024 unless told otherwise): a route of theirs to the same
 * address goes first.
 */
export const HOST_ROUTE_METRIC = 0x4c4c;

export interface HostRouteFields {
  /** 4 or 16 bytes, and as many of the gateway. */
  readonly address: Uint8Array;
  readonly gateway: Uint8Array;
  readonly linkIndex: number;
}

/** Refused with EEXIST when exactly this one is there. */
export const addHostRouteRequest = (fields: HostRouteFields): Uint8Array =>
  leadingBy(fields, request(RTM_ROUTE.new, NLM_F.create | NLM_F.append, fields.address));

/** Removes this one of ours; refused with ESRCH when it is not there. */
export const deleteHostRouteRequest = (fields: HostRouteFields): Uint8Array =>
  leadingBy(fields, request(RTM_ROUTE.delete, 0, fields.address));

/** Removes one of ours to the address, wherever it leads; refused with ESRCH when there is none. */
export const deleteAnyHostRouteRequest = (address: Uint8Array): Uint8Array =>
  request(RTM_ROUTE.delete, 0, address).finish();

function request(type: number, flags: number, address: Uint8Array): NetlinkWriter {
  const header = new Uint8Array(RTMSG);
  const family = address.length === 4 ? AF.inet : AF.inet6;
  const { ours } = ROUTE_PROTOCOL;
  header.set([family, address.length * 8, 0, 0, RT_TABLE_MAIN, ours, SCOPE_UNIVERSE, RTN_UNICAST]);
  return new NetlinkWriter(type, NLM_F.request | NLM_F.ack | flags, header)
    .attribute(RTA.destination, address)
    .uint32(RTA.metric, HOST_ROUTE_METRIC);
}

const leadingBy = ({ gateway, linkIndex }: HostRouteFields, writer: NetlinkWriter): Uint8Array =>
  writer.attribute(RTA.gateway, gateway).uint32(RTA.outputInterface, linkIndex).finish();
