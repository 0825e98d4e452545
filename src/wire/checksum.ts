import { IPV4_LENGTH } from "./ip-bytes.js";

/** Sum of 16-bit words in network order (RFC 1071), to be continued by the next part; parts but the last have even length. */
function addWords(sum: number, bytes: Uint8Array): number {
  let total = sum;
  for (let index = 0; index < bytes.length; index += 2) {
    total += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  }
  return total;
}

/** The Internet checksum for a sum of words. Over bytes that contain their own right checksum it is 0. */
function foldChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/** The Internet checksum of some bytes (RFC 1071). */
export const internetChecksum = (bytes: Uint8Array): number => foldChecksum(addWords(0, bytes));

export interface TransportPacket {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Number of the protocol above IP. */
  readonly protocol: number;
  readonly segment: Uint8Array;
}

/** The checksum of TCP, UDP or ICMPv6 with the pseudo-header of IPv4 (RFC 9293 section 3.1) or IPv6 (RFC 8200 section 8.1). */
export function transportChecksum({ source, destination, protocol, segment }: TransportPacket): number {
  let sum = addWords(addWords(0, source), destination) + protocol;
  sum += source.length === IPV4_LENGTH ? segment.length : (segment.length & 0xffff) + (segment.length >>> 16);
  return foldChecksum(addWords(sum, segment));
}
