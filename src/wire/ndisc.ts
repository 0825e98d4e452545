import { formatIpAddress } from "../base/ip-address.js";
import { transportChecksum } from "./checksum.js";
import { IPV6_LENGTH } from "./ip-bytes.js";
import { decodeIpPacket, encodeIpPacket, IP_PROTOCOL } from "./ip-header.js";
import { formatMac, MAC_LENGTH } from "./mac-address.js";

/*
 * RFC 4861 sections 4.3 and 4.4, the ICMPv6 message of both:
 *
 *   0        1        2               4                8                24
 *   | type   | code 0 | checksum      | R S O 0 …      | target address | options: type, length / 8, …
 */
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const FIXED_LENGTH = 24;
const OPTION_SOURCE_MAC = 1;
const OPTION_TARGET_MAC = 2;
const FLAG_ROUTER = 0x80;
const FLAG_SOLICITED = 0x40;
const FLAG_OVERRIDE = 0x20;

/** Packets with another hop limit came through a router and are not to be believed (RFC 4861 section 7.1). */
const HOPS = 255;

/** A neighbour solicitation or advertisement, addresses as text. */
export interface NeighbourMessage {
  readonly kind: "solicitation" | "advertisement";
  /** `::` in a solicitation: the sender checks whether the target is free (RFC 4862 section 5.4). */
  readonly source: string;
  readonly target: string;
  /** The sender's link-layer address, if it told it. */
  readonly mac: string | undefined;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
}

/** Reads an IPv6 packet with a neighbour message, checks of RFC 4861 section 7.1 included; undefined for anything else. */
export function decodeNeighbourMessage(packet: Uint8Array): NeighbourMessage | undefined {
  const ip = decodeIpPacket(packet);
  if (ip === undefined || ip.protocol !== IP_PROTOCOL.icmpv6 || ip.source.length !== IPV6_LENGTH) return undefined;
  const { payload } = ip;
  if (ip.hops !== HOPS || payload.length < FIXED_LENGTH || payload[1] !== 0) return undefined;
  if (payload[0] !== SOLICITATION && payload[0] !== ADVERTISEMENT) return undefined;
  if (transportChecksum({ ...ip, segment: payload }) !== 0) return undefined;
  const isSolicitation = payload[0] === SOLICITATION;
  const mac = readMacOption(payload, isSolicitation ? OPTION_SOURCE_MAC : OPTION_TARGET_MAC);
  const flags = isSolicitation ? 0 : (payload[4] ?? 0);
  return {
    kind: isSolicitation ? "solicitation" : "advertisement",
    source: formatIpAddress(ip.source),
    target: formatIpAddress(payload.subarray(8, FIXED_LENGTH)),
    mac: mac === undefined ? undefined : formatMac(mac),
    router: (flags & FLAG_ROUTER) !== 0,
    solicited: (flags & FLAG_SOLICITED) !== 0,
    override: (flags & FLAG_OVERRIDE) !== 0,
  };
}

/** The Ethernet address in the first option of that type; an option of length 0 ends the search. */
function readMacOption(message: Uint8Array, type: number): Uint8Array | undefined {
  let at = FIXED_LENGTH;
  while (at + 2 <= message.length) {
    const length = (message[at + 1] ?? 0) * 8;
    if (length === 0 || at + length > message.length) return undefined;
    if (message[at] === type && length === 8) return message.subarray(at + 2, at + 2 + MAC_LENGTH);
    at += length;
  }
  return undefined;
}

/** All nodes on the link (RFC 4291 section 2.7.1). */
export const ALL_NODES: Uint8Array = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

/** The group in which the holder of an address listens for questions about it (RFC 4291 section 2.7.1). */
export function solicitedNodeGroup(address: Uint8Array): Uint8Array {
  const group = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0);
  group.set(address.subarray(13, 16), 13);
  return group;
}

export interface Advertisement {
  readonly address: Uint8Array;
  readonly mac: Uint8Array;
  /** Whether the sender forwards: a router that denies it falls out of its hosts' default routes. */
  readonly router: boolean;
}

/** "This address is at this MAC, forget any other", to all nodes, unasked (RFC 4861 section 7.2.6). */
export function unsolicitedAdvertisement({ address, mac, router }: Advertisement): Uint8Array {
  const flags = FLAG_OVERRIDE | (router ? FLAG_ROUTER : 0);
  const fields = { type: ADVERTISEMENT, flags, target: address, option: OPTION_TARGET_MAC, mac };
  return encodeMessage(address, ALL_NODES, fields);
}

/** "Does anybody have this address?", asked without claiming it (RFC 4862 section 5.4.2). */
export function addressProbe(address: Uint8Array): Uint8Array {
  return encodeMessage(new Uint8Array(IPV6_LENGTH), solicitedNodeGroup(address), {
    type: SOLICITATION,
    flags: 0,
    target: address,
  });
}

export interface Solicitation {
  readonly target: Uint8Array;
  /** An address of the asker's own on this link. */
  readonly source: Uint8Array;
  readonly mac: Uint8Array;
  /** Asks the one station that had the target last (RFC 4861 section 7.3.3), instead of all that may have it. */
  readonly toTarget: boolean;
}

/** "Who has this address? Tell me", asked in one's own name (RFC 4861 section 7.2.2). */
export const neighbourSolicitation = ({ target, source, mac, toTarget }: Solicitation): Uint8Array =>
  encodeMessage(source, toTarget ? target : solicitedNodeGroup(target), {
    type: SOLICITATION,
    flags: 0,
    target,
    option: OPTION_SOURCE_MAC,
    mac,
  });

interface MessageFields {
  readonly type: number;
  readonly flags: number;
  readonly target: Uint8Array;
  readonly option?: number;
  readonly mac?: Uint8Array;
}

function encodeMessage(source: Uint8Array, destination: Uint8Array, fields: MessageFields): Uint8Array {
  const segment = new Uint8Array(FIXED_LENGTH + (fields.mac === undefined ? 0 : 8));
  segment[0] = fields.type;
  segment[4] = fields.flags;
  segment.set(fields.target, 8);
  if (fields.mac !== undefined) {
    segment[FIXED_LENGTH] = fields.option ?? 0;
    segment[FIXED_LENGTH + 1] = 1;
    segment.set(fields.mac, FIXED_LENGTH + 2);
  }
  const protocol = IP_PROTOCOL.icmpv6;
  const checksum = transportChecksum({ source, destination, protocol, segment });
  segment[2] = checksum >> 8;
  segment[3] = checksum & 0xff;
  return encodeIpPacket({ source, destination, protocol, hops: HOPS, payload: segment });
}
