import { decodeAttributes, NetlinkWriter, NLM_F, uint32Of } from "./netlink.js";
import { ROUTE_PROTOCOL } from "./rtnetlink-route-description.js";
import { RTM_LINK } from "./rtnetlink-link.js";

/*
 * A macvlan interface (linux/if_link.h): one with a MAC of its own on another interface. What its settings are is told
 * with IFLA_AF_SPEC, which the kernel heeds only for an interface that is there already.
 *
 *   struct ifinfomsg:  0 family  2 type u16  4 index i32  8 flags u32  12 change u32
 */
const IFINFOMSG = 16;
const IFLA = { address: 1, name: 3, parent: 5, info: 18, specific: 26 } as const;
const INFO = { kind: 1, data: 2 } as const;
const MACVLAN_MODE = 1;
/** MACVLAN_MODE_BRIDGE: others on the same parent, such as containers, can reach it. */
const MODE_BRIDGE = 4;
const AF = { inet: 2, inet6: 10 } as const;
const INET_CONF = 1;
/** Positions in the array of IPv4 settings (linux/ip.h). */
const DEVCONF = { reversePathFilter: 8, arpIgnore: 19, promoteSecondaries: 20 } as const;
/** Loose: a source is believed that any interface leads to. The stricter setting of all interfaces gives way to it. */
const LOOSE = 2;
/** Answer only questions about addresses of the interface itself. */
const OWN_ADDRESSES_ONLY = 1;
const INET6_ADDRESS_GENERATION = 8;
const GENERATE_NONE = 1;

export const KIND_MACVLAN = "macvlan";

export interface MacvlanFields {
  readonly name: string;
  /** Index of the interface that it lies on. */
  readonly parent: number;
  readonly mac: Uint8Array;
}

/** Makes one, switched off; refused with EEXIST when there is an interface of that name. */
export const createMacvlanRequest = ({ name, parent, mac }: MacvlanFields): Uint8Array =>
  new NetlinkWriter(RTM_LINK.new, NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.excl, new Uint8Array(IFINFOMSG))
    .text(IFLA.name, name)
    .uint32(IFLA.parent, parent)
    .attribute(IFLA.address, mac)
    .nested(IFLA.info, (info) =>
      info.text(INFO.kind, KIND_MACVLAN).nested(INFO.data, (data) => data.uint32(MACVLAN_MODE, MODE_BRIDGE)),
    )
    .finish();

/**
 * Lets it answer for nothing but its own addresses, keep the other ones of a subnet when the first goes, have no link-local
 * address that nobody asked for, and take packets whose answers would leave through its parent by the host's own routes.
 */
export function settleMacvlanRequest(index: number): Uint8Array {
  const header = new Uint8Array(IFINFOMSG);
  new DataView(header.buffer).setInt32(4, index, true);
  return new NetlinkWriter(RTM_LINK.set, NLM_F.request | NLM_F.ack, header)
    .nested(IFLA.specific, (specific) => {
      specific.nested(AF.inet, (inet) =>
        inet.nested(INET_CONF, (settings) =>
          settings
            .uint32(DEVCONF.reversePathFilter, LOOSE)
            .uint32(DEVCONF.arpIgnore, OWN_ADDRESSES_ONLY)
            .uint32(DEVCONF.promoteSecondaries, 1),
        ),
      );
      specific.nested(AF.inet6, (inet6) => {
        inet6.attribute(INET6_ADDRESS_GENERATION, Uint8Array.of(GENERATE_NONE));
      });
    })
    .finish();
}

/*
 * Answers from an address leave by its own interface, whatever the host's routes say: a policy rule sends them to a table
 * with one route (linux/fib_rules.h, linux/rtnetlink.h).
 *
 *   struct fib_rule_hdr:  0 family  1 destination length  2 source length  3 tos  4 table  7 action  8 flags u32
 *   struct rtmsg:         0 family  1 destination length  2 source length  3 tos  4 table  5 protocol  6 scope  7 type
 */
const HEADER = 12;
const FRA = { source: 2, priority: 6, table: 15, protocol: 21 } as const;
const RTA = { destination: 1, outputInterface: 4, table: 15 } as const;
const RULE = { new: 32, delete: 33, get: 34 } as const;
const RTM_NEWROUTE = 24;
const ACTION_TO_TABLE = 1;
const RT_TABLE_COMPATIBLE = 252;
const SCOPE_LINK = 253;
const RTN_UNICAST = 1;
/** Marks rules and routes of ours (FRA_PROTOCOL, rtm_protocol). */
const PROTOCOL = ROUTE_PROTOCOL.ours;
/** After the table of the host's own addresses, before most of what administrators add. */
const PRIORITY = 1_076;
/** Tables of routes: this and the index of the interface. */
const TABLE_BASE = 0x4c00_0000;

/** What comes from the address leaves by the interface. */
export interface SourceRule {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly linkIndex: number;
}

export interface SourceFields extends SourceRule {
  readonly prefixLength: number;
}

const familyOf = ({ length }: Uint8Array): number => (length === 4 ? AF.inet : AF.inet6);

/** Sends what comes from the address by its own table; refused with EEXIST when there is such a rule. */
export const addSourceRuleRequest = (rule: SourceRule): Uint8Array =>
  sourceRule(RULE.new, NLM_F.create | NLM_F.excl, rule);

/** Refused with ENOENT when there is no such rule. */
export const deleteSourceRuleRequest = (rule: SourceRule): Uint8Array => sourceRule(RULE.delete, 0, rule);

function sourceRule(type: number, flags: number, { address, linkIndex }: SourceRule): Uint8Array {
  const header = new Uint8Array(HEADER);
  header[0] = familyOf(address);
  header[2] = address.length * 8;
  header[4] = RT_TABLE_COMPATIBLE;
  header[7] = ACTION_TO_TABLE;
  return new NetlinkWriter(type, NLM_F.request | NLM_F.ack | flags, header)
    .attribute(FRA.source, address)
    .uint32(FRA.priority, PRIORITY)
    .uint32(FRA.table, TABLE_BASE + linkIndex)
    .attribute(FRA.protocol, Uint8Array.of(PROTOCOL))
    .finish();
}

/** The way to the address's subnet in that table; it ends with its interface. */
export function addSubnetRouteRequest({ address, prefixLength, linkIndex }: SourceFields): Uint8Array {
  const header = new Uint8Array(HEADER);
  header.set([familyOf(address), prefixLength, 0, 0, RT_TABLE_COMPATIBLE, PROTOCOL, SCOPE_LINK, RTN_UNICAST]);
  return new NetlinkWriter(RTM_NEWROUTE, NLM_F.request | NLM_F.ack | NLM_F.create | NLM_F.excl, header)
    .attribute(RTA.destination, networkOf(address, prefixLength))
    .uint32(RTA.outputInterface, linkIndex)
    .uint32(RTA.table, TABLE_BASE + linkIndex)
    .finish();
}

const networkOf = (address: Uint8Array, prefixLength: number): Uint8Array =>
  address.map((byte, at) => {
    const bits = Math.min(8, Math.max(0, prefixLength - at * 8));
    return byte & (0xff << (8 - bits));
  });

/** A rule as it was listed, if it is one of ours. */
export function decodeSourceRule(listed: Uint8Array): SourceRule | undefined {
  const attributes = decodeAttributes(listed, HEADER);
  const [address, table] = [attributes.get(FRA.source), uint32Of(attributes.get(FRA.table))];
  const isOurs = attributes.get(FRA.protocol)?.[0] === PROTOCOL && uint32Of(attributes.get(FRA.priority)) === PRIORITY;
  if (!isOurs || address === undefined || table === undefined) return undefined;
  // What was listed is read over by the next message.
  return { address: address.slice(), linkIndex: table - TABLE_BASE };
}
