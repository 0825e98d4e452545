import { internetChecksum } from "./checksum.js";

/*
 * RFC 792 and RFC 4443 section 4: type, code 0, checksum, identifier, sequence, then data, which the reply repeats.
 */
const HEADER = 8;
const TYPES = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;

/** An echo request or reply. `token` is its data; a reply belongs to a request only if all three are equal. */
export interface Echo {
  readonly kind: "request" | "reply";
  readonly identifier: number;
  readonly sequence: number;
  readonly token: Uint8Array;
}

/** The ICMP message; for IPv6 its checksum is left to the kernel, which alone knows the source address. */
export function encodeEcho(family: 4 | 6, echo: Echo): Uint8Array {
  const bytes = new Uint8Array(HEADER + echo.token.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, TYPES[family][echo.kind]);
  view.setUint16(4, echo.identifier);
  view.setUint16(6, echo.sequence);
  bytes.set(echo.token, HEADER);
  if (family === 4) view.setUint16(2, internetChecksum(bytes));
  return bytes;
}

/** Reads an ICMP message without IP header; undefined when it is no echo, or an IPv4 one that does not add up. */
export function decodeEcho(family: 4 | 6, bytes: Uint8Array): Echo | undefined {
  if (bytes.length < HEADER || bytes[1] !== 0) return undefined;
  const type = bytes[0];
  if (type !== TYPES[family].request && type !== TYPES[family].reply) return undefined;
  if (family === 4 && internetChecksum(bytes) !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    kind: type === TYPES[family].request ? "request" : "reply",
    identifier: view.getUint16(4),
    sequence: view.getUint16(6),
    token: bytes.subarray(HEADER),
  };
}
