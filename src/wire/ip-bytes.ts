import { formatIpAddress } from "../base/ip-address.js";

/** Length in bytes of an IPv4 and of an IPv6 address. */
export const IPV4_LENGTH = 4;
export const IPV6_LENGTH = 16;

/** The canonical text of 4 or 16 bytes; undefined when they are absent or of any other length. */
export function addressText(bytes: Uint8Array | undefined): string | undefined {
  const isAddress = bytes?.length === IPV4_LENGTH || bytes?.length === IPV6_LENGTH;
  return bytes !== undefined && isAddress ? formatIpAddress(bytes) : undefined;
}

/** The IPv4 address within an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), or the address itself. */
export function unmapped(address: Uint8Array): Uint8Array {
  const isMapped =
    address.length === IPV6_LENGTH &&
    address[10] === 0xff &&
    address[11] === 0xff &&
    address.subarray(0, 10).every((byte) => byte === 0);
  return isMapped ? address.subarray(12) : address;
}

/** The directed broadcast address of an IPv4 subnet; undefined where there is none (prefix length 31 and 32). */
export function broadcastAddress(address: Uint8Array, prefixLength: number): Uint8Array | undefined {
  if (address.length !== IPV4_LENGTH || prefixLength > 30) return undefined;
  return address.map((byte, index) => byte | (~maskByte(prefixLength, index) & 0xff));
}

/** The netmask's byte at `index`. */
function maskByte(prefixLength: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
  return (0xff << (8 - bits)) & 0xff;
}

/** The link-local address that an interface makes from its Ethernet address (RFC 4291 appendix A), canonical. */
export function linkLocalOf(mac: Uint8Array): string {
  const address = Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 0);
  address.set(mac.subarray(0, 3), 8);
  address.set(mac.subarray(3, 6), 13);
  address[8] = (mac[0] ?? 0) ^ 0x02;
  return formatIpAddress(address);
}
