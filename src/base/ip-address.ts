/** IPv4 and IPv6 addresses between text and bytes, and the subnets that they lie in. */

export type IpFamily = 4 | 6;

/** An address in network byte order: 4 or 16 bytes. */
export interface IpAddress {
  readonly family: IpFamily;
  readonly bytes: Uint8Array;
}

const BYTES_V4 = 4;
const GROUPS_V6 = 8;

/** Reads dotted IPv4 or any RFC 4291 form of IPv6 (no zone, no prefix length); undefined for anything else. */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bytes = text.includes(":") ? parseV6(text) : parseV4(text);
  return bytes === undefined ? undefined : { family: bytes.length === BYTES_V4 ? 4 : 6, bytes };
}

/** The canonical text: dotted for IPv4, RFC 5952 for IPv6. */
export function formatIpAddress(bytes: Uint8Array): string {
  return bytes.length === BYTES_V4 ? bytes.join(".") : formatV6(bytes);
}

/** The canonical text of any accepted spelling; undefined when it is no address. */
export function canonicalIpAddress(text: string): string | undefined {
  const parsed = parseIpAddress(text);
  return parsed === undefined ? undefined : formatIpAddress(parsed.bytes);
}

/** Whether two addresses of one family agree in their first `prefixLength` bits. */
export function sameSubnet(a: Uint8Array, b: Uint8Array, prefixLength: number): boolean {
  if (a.length !== b.length) return false;
  const whole = prefixLength >> 3;
  for (let index = 0; index < whole; index += 1) if (a[index] !== b[index]) return false;
  const rest = prefixLength & 7;
  const mask = (0xff00 >> rest) & 0xff;
  return rest === 0 || ((a[whole] ?? 0) & mask) === ((b[whole] ?? 0) & mask);
}

/** Whether canonical text is an IPv6 address of one link only, such as the kernel gives to each (RFC 4291 section 2.5.6). */
export const isLinkLocal = (text: string): boolean => /^fe[89ab][0-9a-f]:/.test(text);

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== BYTES_V4) return undefined;
  const bytes = new Uint8Array(BYTES_V4);
  for (const [index, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[index] = Number(part);
  }
  return bytes;
}

function parseV6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  const dottedInside = halves.length === 2 && halves[0]?.includes(".") === true;
  if (halves.length > 2 || dottedInside) return undefined;
  const [head, tail] = halves.map((half) => (half === "" ? [] : parseGroups(half)));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = GROUPS_V6 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const view = new DataView(new ArrayBuffer(2 * GROUPS_V6));
  for (const [index, group] of head.entries()) view.setUint16(2 * index, group);
  for (const [index, group] of (tail ?? []).entries()) view.setUint16(2 * (head.length + missing + index), group);
  return new Uint8Array(view.buffer);
}

/** Hexadecimal groups; the last may be a dotted IPv4 address, which gives two groups. */
function parseGroups(text: string): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 && part.includes(".") ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(...pairs(v4));
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

const pairs = (bytes: Uint8Array): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 2 }, (_, index) => view.getUint16(index * 2));
};

function formatV6(bytes: Uint8Array): string {
  const groups = pairs(bytes);
  const { start, length } = longestZeros(groups);
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return length < 2 ? hex(0, GROUPS_V6) : `${hex(0, start)}::${hex(start + length, GROUPS_V6)}`;
}

/** The first longest run of zero groups (RFC 5952 section 4.2). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index - start + 1 > best.length) best = { start, length: index - start + 1 };
  }
  return best;
}

/** Of a text that is an address. */
export const familyOf = (address: string): 4 | 6 => (address.includes(":") ? 6 : 4);
