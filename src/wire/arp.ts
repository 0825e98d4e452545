import { formatIpAddress } from "../base/ip-address.js";
import { IPV4_LENGTH } from "./ip-bytes.js";
import { formatMac, MAC_LENGTH } from "./mac-address.js";

/*
 * RFC 826, for Ethernet and IPv4:
 *
 *   0               2               4       5       6
 *   | hardware = 1  | proto = 0800  | hln 6 | pln 4 | operation |
 *   8                        14               18                        24               28
 *   | sender MAC             | sender IP      | target MAC              | target IP      |
 */
const LENGTH = 28;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
const OPERATION = { request: 1, reply: 2 } as const;

/** One ARP packet, addresses as text. */
export interface Arp {
  readonly operation: "request" | "reply";
  readonly senderMac: string;
  readonly senderAddress: string;
  readonly targetMac: string;
  readonly targetAddress: string;
}

/** Reads an ARP packet for Ethernet and IPv4; undefined for anything else, such as a short or a foreign one. */
export function decodeArp(bytes: Uint8Array): Arp | undefined {
  if (bytes.length < LENGTH) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH);
  if (view.getUint16(0) !== HARDWARE_ETHERNET || view.getUint16(2) !== PROTOCOL_IPV4) return undefined;
  if (view.getUint8(4) !== MAC_LENGTH || view.getUint8(5) !== IPV4_LENGTH) return undefined;
  const operation = view.getUint16(6);
  if (operation !== OPERATION.request && operation !== OPERATION.reply) return undefined;
  return {
    operation: operation === OPERATION.request ? "request" : "reply",
    senderMac: formatMac(bytes.subarray(8, 14)),
    senderAddress: formatIpAddress(bytes.subarray(14, 18)),
    targetMac: formatMac(bytes.subarray(18, 24)),
    targetAddress: formatIpAddress(bytes.subarray(24, 28)),
  };
}

/** The addresses of an ARP packet to send, as bytes. */
export interface ArpFields {
  readonly operation: "request" | "reply";
  readonly senderMac: Uint8Array;
  readonly senderAddress: Uint8Array;
  readonly targetMac: Uint8Array;
  readonly targetAddress: Uint8Array;
}

export function encodeArp(fields: ArpFields): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, HARDWARE_ETHERNET);
  view.setUint16(2, PROTOCOL_IPV4);
  view.setUint8(4, MAC_LENGTH);
  view.setUint8(5, IPV4_LENGTH);
  view.setUint16(6, OPERATION[fields.operation]);
  bytes.set(fields.senderMac, 8);
  bytes.set(fields.senderAddress, 14);
  bytes.set(fields.targetMac, 18);
  bytes.set(fields.targetAddress, 24);
  return bytes;
}

const MAC_NONE: Uint8Array = new Uint8Array(MAC_LENGTH);

/** "This address is at this MAC" as a request (RFC 5227 section 3, the form that most hosts heed). */
export const gratuitousRequest = (address: Uint8Array, mac: Uint8Array): Uint8Array =>
  encodeArp({
    operation: "request",
    senderMac: mac,
    senderAddress: address,
    targetMac: MAC_NONE,
    targetAddress: address,
  });

/** The same as an unasked reply, for hosts and switches that heed only replies. */
export const gratuitousReply = (address: Uint8Array, mac: Uint8Array): Uint8Array =>
  encodeArp({ operation: "reply", senderMac: mac, senderAddress: address, targetMac: mac, targetAddress: address });

/** "Who has this address? Tell its asker", who must have the address `source` himself. */
export const arpRequest = (address: Uint8Array, mac: Uint8Array, source: Uint8Array): Uint8Array =>
  encodeArp({
    operation: "request",
    senderMac: mac,
    senderAddress: source,
    targetMac: MAC_NONE,
    targetAddress: address,
  });

/** "Does anybody have this address?", asked without claiming one (RFC 5227 section 2.1.1). */
export const arpProbe = (address: Uint8Array, mac: Uint8Array): Uint8Array =>
  arpRequest(address, mac, new Uint8Array(IPV4_LENGTH));
