import { acceptIf, type BpfInstruction, load32, load8, reject, require } from "./classic-bpf.js";
import { IPV4_LENGTH, IPV6_LENGTH } from "./ip-bytes.js";
import { viewOf } from "./netlink.js";

/**
 * Programs that let only those packets through to us that may be about one of our addresses. They see packets from the
 * ARP or IPv6 header on. On a large network most ARP packets concern others; the kernel drops them before they wake us.
 */

/** Addresses in one program: each takes up to four instructions of the kernel's 4096. */
export const FILTERED_ADDRESSES_MAX = 1000;

const ARP_SENDER = 14;
const ARP_TARGET = 24;

/** ARP packets whose sender or target is one of the IPv4 addresses. */
export function arpFilter(addresses: readonly Uint8Array[]): readonly BpfInstruction[] {
  const words = addresses.filter((address) => address.length === IPV4_LENGTH).map(lastWord);
  return [
    load32(ARP_SENDER),
    ...words.flatMap((word) => acceptIf(word)),
    load32(ARP_TARGET),
    ...words.flatMap((word) => acceptIf(word)),
    reject,
  ];
}

const IPV6_NEXT_HEADER = 6;
const IPV6_HOP_LIMIT = 7;
const IPV6_SOURCE = 8;
const ICMPV6_TARGET = 48;
const ICMPV6 = 58;

/**
 * Neighbour messages whose source or target may be one of the IPv6 addresses: only their last 32 bits are compared, and
 * the few others that slip through are sorted out where the whole packet is read. Extension headers are not followed:
 * no neighbour message has any (RFC 6980 forbids fragments, and senders use no other).
 */
export function neighbourFilter(addresses: readonly Uint8Array[]): readonly BpfInstruction[] {
  const words = addresses.filter((address) => address.length === IPV6_LENGTH).map(lastWord);
  return [
    load8(IPV6_NEXT_HEADER),
    ...require(ICMPV6),
    load8(IPV6_HOP_LIMIT),
    ...require(255),
    load32(IPV6_SOURCE + 12),
    ...words.flatMap((word) => acceptIf(word)),
    load32(ICMPV6_TARGET + 12),
    ...words.flatMap((word) => acceptIf(word)),
    reject,
  ];
}

const lastWord = (address: Uint8Array): number => viewOf(address).getUint32(address.length - 4);
