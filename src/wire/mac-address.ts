/** Length in bytes of an Ethernet address. */
export const MAC_LENGTH = 6;

/** The Ethernet address that every station receives. */
export const MAC_BROADCAST: Uint8Array = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

/** Reads `52:54:00:12:34:56`; undefined when the text is no Ethernet address. */
export function parseMac(text: string): Uint8Array | undefined {
  if (!/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)) return undefined;
  return Uint8Array.from(text.split(":"), (byte) => Number.parseInt(byte, 16));
}

/** Writes a link-layer address of any length in lower case with colons. */
export const formatMac = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");

/** The Ethernet address that carries an IPv6 multicast group (RFC 2464 section 7). */
export const multicastMac = (group: Uint8Array): Uint8Array => Uint8Array.of(0x33, 0x33, ...group.subarray(12, 16));
