import { internetChecksum } from "./checksum.js";
import { IPV4_LENGTH, IPV6_LENGTH } from "./ip-bytes.js";

/** Numbers of the protocols above IP (IANA). */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;

/** What an IP packet of ours says about itself: source and destination of one family, in bytes. */
export interface IpPacket {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  /** Time to live, or hop limit. */
  readonly hops: number;
  readonly payload: Uint8Array;
}

/** A whole IPv4 (RFC 791, without options, never fragmented) or IPv6 packet (RFC 8200, without extension headers). */
export const encodeIpPacket = (packet: IpPacket): Uint8Array =>
  packet.source.length === IPV4_LENGTH ? encodeIpv4(packet) : encodeIpv6(packet);

function encodeIpv4({ source, destination, protocol, hops, payload }: IpPacket): Uint8Array {
  const bytes = new Uint8Array(IPV4_HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x45);
  view.setUint16(2, bytes.length);
  view.setUint16(6, DONT_FRAGMENT);
  view.setUint8(8, hops);
  view.setUint8(9, protocol);
  bytes.set(source, 12);
  bytes.set(destination, 12 + IPV4_LENGTH);
  view.setUint16(10, internetChecksum(bytes.subarray(0, IPV4_HEADER)));
  bytes.set(payload, IPV4_HEADER);
  return bytes;
}

const DONT_FRAGMENT = 0x4000;

function encodeIpv6({ source, destination, protocol, hops, payload }: IpPacket): Uint8Array {
  const bytes = new Uint8Array(IPV6_HEADER + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x60);
  view.setUint16(4, payload.length);
  view.setUint8(6, protocol);
  view.setUint8(7, hops);
  bytes.set(source, 8);
  bytes.set(destination, 8 + IPV6_LENGTH);
  bytes.set(payload, IPV6_HEADER);
  return bytes;
}

/** Reads an IP packet; undefined when it is cut short, a fragment, or its IPv4 header does not add up. */
export function decodeIpPacket(bytes: Uint8Array): IpPacket | undefined {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4) return decodeIpv4(bytes);
  return version === 6 ? decodeIpv6(bytes) : undefined;
}

const FRAGMENT_BITS = 0x3fff;

function decodeIpv4(bytes: Uint8Array): IpPacket | undefined {
  if (bytes.length < IPV4_HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerLength = (view.getUint8(0) & 0x0f) * 4;
  const totalLength = view.getUint16(2);
  if (headerLength < IPV4_HEADER || totalLength < headerLength || totalLength > bytes.length) return undefined;
  if ((view.getUint16(6) & FRAGMENT_BITS) !== 0) return undefined;
  if (internetChecksum(bytes.subarray(0, headerLength)) !== 0) return undefined;
  return {
    source: bytes.subarray(12, 16),
    destination: bytes.subarray(16, 20),
    protocol: view.getUint8(9),
    hops: view.getUint8(8),
    payload: bytes.subarray(headerLength, totalLength),
  };
}

function decodeIpv6(bytes: Uint8Array): IpPacket | undefined {
  if (bytes.length < IPV6_HEADER) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = IPV6_HEADER + view.getUint16(4);
  if (end > bytes.length) return undefined;
  return {
    source: bytes.subarray(8, 24),
    destination: bytes.subarray(24, 40),
    protocol: view.getUint8(6),
    hops: view.getUint8(7),
    payload: bytes.subarray(IPV6_HEADER, end),
  };
}
