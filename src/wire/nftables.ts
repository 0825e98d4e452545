import { viewOf } from "../base/bytes.js";
import { NetlinkWriter, NLM_F } from "./netlink.js";

/*
 * The little of nftables that Locum orders itself (linux/netfilter/nf_tables.h, nfnetlink.h): chains at the ingress of an
 * interface whose rules compare bytes of a frame and then set its packet type, and chains that drop ARP packets. Numbers in attributes are big-endian.
 *
 *   struct nfgenmsg:  0 family  1 version  2 resource id, big-endian
 */
const SUBSYSTEM = 10;
/** NFPROTO_*: the families of tables that Locum makes. */
const FAMILIES = { netdev: 5, arp: 3 } as const;
type Family = keyof typeof FAMILIES;
const BATCH = { begin: 0x10, end: 0x11 } as const;
const MESSAGE = { newTable: 0, deleteTable: 2, newChain: 3, deleteChain: 5, newRule: 6, deleteRule: 8 } as const;

const TABLE_NAME = 1;
const CHAIN = { table: 1, name: 3, hook: 4, type: 7 } as const;
const HOOK = { number: 1, priority: 2, device: 3 } as const;
const RULE = { table: 1, chain: 2, expressions: 4 } as const;
const LIST_ELEMENT = 1;
const EXPRESSION = { name: 1, data: 2 } as const;
const PAYLOAD = { register: 1, base: 2, offset: 3, length: 4 } as const;
const COMPARE = { register: 1, operation: 2, data: 3 } as const;
const IMMEDIATE = { register: 1, data: 2 } as const;
const META = { destination: 1, key: 2, source: 3 } as const;
const DATA_VALUE = 1;
const DATA_VERDICT = 2;
const VERDICT_CODE = 1;
const VERDICT_REGISTER = 0;
const NF_DROP = 0;

const NF_NETDEV_INGRESS = 0;
const NF_ARP_IN = 0;
const REGISTER = 1;
const EQUAL = 0;
const META_PACKET_TYPE = 19;
const META_INPUT_INTERFACE = 4;
/** Before all that administrators usually hang there. */
const PRIORITY = -500;
const APPENDED = 0x800;

export const PACKET_TYPE_HOST = 0;

/** Bytes at an offset of the frame's header or of the packet within it. */
export interface FrameMatch {
  readonly header: "link" | "network";
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const BASES = { link: 0, network: 1 } as const;

/** Opens a transaction: what follows up to {@link endBatch} happens as a whole or not at all. */
export const beginBatch = (): Uint8Array => new NetlinkWriter(BATCH.begin, NLM_F.request, header(SUBSYSTEM)).finish();

export const endBatch = (): Uint8Array => new NetlinkWriter(BATCH.end, NLM_F.request, header(SUBSYSTEM)).finish();

/** Makes a table, or leaves the one that is there. */
export const addTable = (table: string, family: Family = "netdev"): Uint8Array =>
  order(MESSAGE.newTable, NLM_F.create, family).text(TABLE_NAME, table).finish();

/** Deletes a table with all that is in it. Refused with ENOENT when there is none. */
export const deleteTable = (table: string, family: Family = "netdev"): Uint8Array =>
  order(MESSAGE.deleteTable, 0, family).text(TABLE_NAME, table).finish();

export interface ChainName {
  readonly table: string;
  readonly chain: string;
}

/** Makes a chain that sees every frame that comes in on an interface. */
export const addIngressChain = ({ table, chain }: ChainName, interfaceName: string): Uint8Array =>
  order(MESSAGE.newChain, NLM_F.create)
    .text(CHAIN.table, table)
    .text(CHAIN.name, chain)
    .nested(CHAIN.hook, (hook) =>
      hook
        .attribute(HOOK.number, bigEndian(NF_NETDEV_INGRESS))
        .attribute(HOOK.priority, bigEndian(PRIORITY))
        .text(HOOK.device, interfaceName),
    )
    .text(CHAIN.type, "filter")
    .finish();

/** Makes a chain that sees every ARP packet that comes in. */
export const addArpChain = ({ table, chain }: ChainName): Uint8Array =>
  order(MESSAGE.newChain, NLM_F.create, "arp")
    .text(CHAIN.table, table)
    .text(CHAIN.name, chain)
    .nested(CHAIN.hook, (hook) =>
      hook.attribute(HOOK.number, bigEndian(NF_ARP_IN)).attribute(HOOK.priority, bigEndian(PRIORITY)),
    )
    .text(CHAIN.type, "filter")
    .finish();

/** Deletes a chain with its rules. Refused with ENOENT when there is none. */
export const deleteChain = ({ table, chain }: ChainName, family: Family = "netdev"): Uint8Array =>
  order(MESSAGE.deleteChain, 0, family).text(CHAIN.table, table).text(CHAIN.name, chain).finish();

/** Deletes all rules of a chain. Refused with ENOENT when there is no such chain. */
export const flushChain = ({ table, chain }: ChainName, family: Family = "netdev"): Uint8Array =>
  order(MESSAGE.deleteRule, 0, family).text(RULE.table, table).text(RULE.chain, chain).finish();

/** Appends a rule: frames in which all matches are found get another packet type (PACKET_* of linux/if_packet.h). */
export function addPacketTypeRule(
  { table, chain }: ChainName,
  matches: readonly FrameMatch[],
  packetType: number,
): Uint8Array {
  return order(MESSAGE.newRule, NLM_F.create | APPENDED)
    .text(RULE.table, table)
    .text(RULE.chain, chain)
    .nested(RULE.expressions, (list) => {
      for (const match of matches) {
        expression(list, "payload", (data) => loadBytes(data, match));
        expression(list, "cmp", (data) => compareWith(data, match.bytes));
      }
      expression(list, "immediate", (data) =>
        value(data.attribute(IMMEDIATE.register, bigEndian(REGISTER)), IMMEDIATE.data, Uint8Array.of(packetType)),
      );
      expression(list, "meta", (data) =>
        data.attribute(META.key, bigEndian(META_PACKET_TYPE)).attribute(META.source, bigEndian(REGISTER)),
      );
    })
    .finish();
}

/** Appends a rule: ARP packets that come in on an interface and have these bytes are dropped. */
export const addArpDropRule = ({ table, chain }: ChainName, linkIndex: number, match: FrameMatch): Uint8Array =>
  order(MESSAGE.newRule, NLM_F.create | APPENDED, "arp")
    .text(RULE.table, table)
    .text(RULE.chain, chain)
    .nested(RULE.expressions, (list) => {
      expression(list, "meta", (data) =>
        data.attribute(META.destination, bigEndian(REGISTER)).attribute(META.key, bigEndian(META_INPUT_INTERFACE)),
      );
      expression(list, "cmp", (data) => compareWith(data, hostOrder(linkIndex)));
      expression(list, "payload", (data) => loadBytes(data, match));
      expression(list, "cmp", (data) => compareWith(data, match.bytes));
      expression(list, "immediate", (data) =>
        data
          .attribute(IMMEDIATE.register, bigEndian(VERDICT_REGISTER))
          .nested(IMMEDIATE.data, (holder) =>
            holder.nested(DATA_VERDICT, (verdict) => verdict.attribute(VERDICT_CODE, bigEndian(NF_DROP))),
          ),
      );
    })
    .finish();

const loadBytes = (data: NetlinkWriter, { header: base, offset, bytes }: FrameMatch): unknown =>
  data
    .attribute(PAYLOAD.register, bigEndian(REGISTER))
    .attribute(PAYLOAD.base, bigEndian(BASES[base]))
    .attribute(PAYLOAD.offset, bigEndian(offset))
    .attribute(PAYLOAD.length, bigEndian(bytes.length));

const compareWith = (data: NetlinkWriter, bytes: Uint8Array): unknown =>
  value(
    data.attribute(COMPARE.register, bigEndian(REGISTER)).attribute(COMPARE.operation, bigEndian(EQUAL)),
    COMPARE.data,
    bytes,
  );

const value = (data: NetlinkWriter, type: number, bytes: Uint8Array): NetlinkWriter =>
  data.nested(type, (holder) => holder.attribute(DATA_VALUE, bytes));

const expression = (list: NetlinkWriter, name: string, fill: (data: NetlinkWriter) => unknown): unknown =>
  list.nested(LIST_ELEMENT, (element) =>
    element.text(EXPRESSION.name, name).nested(EXPRESSION.data, (data) => void fill(data)),
  );

const order = (message: number, flags = 0, family: Family = "netdev"): NetlinkWriter =>
  new NetlinkWriter((SUBSYSTEM << 8) | message, NLM_F.request | NLM_F.ack | flags, header(0, family));

function header(resource: number, family: Family = "netdev"): Uint8Array {
  const bytes = Uint8Array.of(FAMILIES[family], 0, 0, 0);
  viewOf(bytes).setUint16(2, resource);
  return bytes;
}

/** Registers hold what the kernel itself counts in as the machine does. */
function hostOrder(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, number, true);
  return bytes;
}

function bigEndian(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, number);
  return bytes;
}
