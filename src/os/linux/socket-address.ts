import { formatIpAddress, type IpAddress } from "../../base/ip-address.js";
import { formatMac, MAC_LENGTH } from "../../wire/mac-address.js";
import { AF } from "./socket-options.js";

/*
 * struct sockaddr_in:   0 family u16 (host order)  2 port (network order)  4 address (4)  8 zeros (8)
 * struct sockaddr_in6:  0 family  2 port  4 flow  8 address (16)  24 scope u32 (host order)
 * struct sockaddr_ll:   0 family  2 protocol (network order)  4 interface i32  8 hardware u16  10 packet type u8
 *                       11 address length u8  12 address (8)
 */
export const SOCKADDR_IN = 16;
export const SOCKADDR_IN6 = 28;
export const SOCKADDR_LL = 20;

/** The structure for an address and port; `scope` is the interface's index where a link-local address needs it. */
export function encodeSocketAddress({ family, bytes }: IpAddress, port: number, scope = 0): Uint8Array {
  const structure = new Uint8Array(family === 4 ? SOCKADDR_IN : SOCKADDR_IN6);
  const view = new DataView(structure.buffer);
  view.setUint16(0, family === 4 ? AF.inet : AF.inet6, true);
  view.setUint16(2, port);
  structure.set(bytes, family === 4 ? 4 : 8);
  if (family === 6) view.setUint32(24, scope, true);
  return structure;
}

/** The address of a structure that the kernel filled in. */
export function socketAddressText(structure: Uint8Array): string {
  const isIpv4 = structure[0] === AF.inet;
  return formatIpAddress(isIpv4 ? structure.subarray(4, 8) : structure.subarray(8, 24));
}

/** Whether two structures name the same address and port; what else they hold is the kernel's own. */
export function isSameSocketAddress(one: Uint8Array, other: Uint8Array): boolean {
  if (one[0] !== other[0] || socketAddressPort(one) !== socketAddressPort(other)) return false;
  const isIpv4 = one[0] === AF.inet;
  const end = isIpv4 ? 8 : 24;
  for (let at = isIpv4 ? 4 : 8; at < end; at += 1) if (one[at] !== other[at]) return false;
  return true;
}

export const socketAddressPort = (structure: Uint8Array): number => ((structure[2] ?? 0) << 8) | (structure[3] ?? 0);

export interface LinkDestination {
  readonly linkIndex: number;
  readonly etherType: number;
  readonly mac: Uint8Array;
}

/** Where a packet socket sends to: a station on the link behind an interface. */
export function encodeLinkAddress({ linkIndex, etherType, mac }: LinkDestination): Uint8Array {
  const structure = new Uint8Array(SOCKADDR_LL);
  const view = new DataView(structure.buffer);
  view.setUint16(0, AF.packet, true);
  view.setUint16(2, etherType);
  view.setInt32(4, linkIndex, true);
  structure[11] = mac.length;
  structure.set(mac, 12);
  return structure;
}

/** The Ethernet address of the station that a packet came from; undefined on other kinds of links. */
export function senderMac(structure: Uint8Array): string | undefined {
  return structure[11] === MAC_LENGTH ? formatMac(structure.subarray(12, 12 + MAC_LENGTH)) : undefined;
}

/** Whether the packet came for this host alone (PACKET_HOST), and not for all or for somebody else. */
export const isForThisHost = (structure: Uint8Array): boolean => structure[10] === 0;

export const linkIndexOf = (structure: Uint8Array): number =>
  new DataView(structure.buffer, structure.byteOffset).getInt32(4, true);
