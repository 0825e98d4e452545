import { viewOf } from "../base/bytes.js";
import { accept, acceptIf, type BpfInstruction, load32, load8, reject, require, unlessEqual } from "./classic-bpf.js";
import { IPV4_LENGTH, IPV6_LENGTH } from "./ip-bytes.js";

/**
 * Programs that let only those packets through to us that announce one of our addresses. They see packets from the ARP
 * or IPv6 header on. On a large network most such packets concern others; the kernel drops them before they wake us.
 */

/** More addresses of a family than this are not told apart here but by the reader: the kernel limits programs. */
const FILTERED_ADDRESSES_MAX = 1000;

const ARP_SENDER = 14;

/** ARP packets whose sender says that it has one of the IPv4 addresses. */
export const arpFilter = (addresses: readonly Uint8Array[]): readonly BpfInstruction[] => [
  load32(ARP_SENDER),
  ...acceptAny(addresses.filter(({ length }) => length === IPV4_LENGTH)),
];

const NEXT_HEADER = 6;
const HOP_LIMIT = 7;
const SOURCE = 8;
const ICMPV6_TYPE = 40;
const TARGET = 48;
const ICMPV6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;

/**
 * Advertisements of one of the IPv6 addresses, and solicitations that come from it. Only the last 32 bits are compared;
 * the few others that slip through are sorted out by the reader. Extension headers are not followed: no neighbour
 * message has any in practice, and RFC 6980 forbids fragments.
 */
export function neighbourFilter(addresses: readonly Uint8Array[]): readonly BpfInstruction[] {
  const ours = acceptAny(addresses.filter(({ length }) => length === IPV6_LENGTH));
  return [
    load8(NEXT_HEADER),
    ...require(ICMPV6),
    load8(HOP_LIMIT),
    ...require(255),
    load8(ICMPV6_TYPE),
    ...unlessEqual(ADVERTISEMENT, [...require(SOLICITATION), load32(SOURCE + 12), ...ours]),
    load32(TARGET + 12),
    ...ours,
  ];
}

/** Accepts what ends like one of the addresses, and rejects the rest. */
function acceptAny(addresses: readonly Uint8Array[]): readonly BpfInstruction[] {
  if (addresses.length > FILTERED_ADDRESSES_MAX) return [accept];
  const words = new Set(addresses.map((address) => viewOf(address).getUint32(address.length - 4)));
  return [...[...words].flatMap(acceptIf), reject];
}
