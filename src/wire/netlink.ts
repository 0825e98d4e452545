import { viewOf } from "../base/bytes.js";

/*
 * Netlink (linux/netlink.h). Numbers are in host order, which is little-endian on every platform that we run on.
 *
 *   0           4        6         8           12         16
 *   | length    | type   | flags   | sequence  | port     | payload, padded to 4 | next message …
 *
 *   attribute:  | length u16 | type u16 | value, padded to 4 | next attribute …
 */
const HEADER = 16;
const ATTRIBUTE_HEADER = 4;

export const NLM_F = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  dump: 0x300,
  replace: 0x100,
  excl: 0x200,
  create: 0x400,
  append: 0x800,
} as const;
const NLMSG = { error: 2, done: 3 } as const;

const NLM_F_DUMP_INTERRUPTED = 0x10;
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MESSAGE = 1;
/** Nested and byte order bits are no part of an attribute's type. */
const ATTRIBUTE_TYPE_MASK = 0x3fff;
const NLA_F_NESTED = 0x8000;

/** One message; `payload` is a view of the bytes it was read from. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

const aligned = (length: number): number => (length + 3) & ~3;

/** All messages of a datagram; undefined when one of them is cut short or its length is impossible. */
export function decodeNetlink(bytes: Uint8Array): readonly NetlinkMessage[] | undefined {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + HEADER > bytes.length) return undefined;
    const length = view.getUint32(at, true);
    if (length < HEADER || at + length > bytes.length) return undefined;
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      payload: bytes.subarray(at + HEADER, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** Attributes by type, the last of a kind; `value` is a view of the bytes it was read from. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** The attributes from `start` on. What follows an impossible length is ignored, as the kernel itself does. */
export function decodeAttributes(bytes: Uint8Array, start: number): Attributes {
  const attributes = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  for (let at = start; at + ATTRIBUTE_HEADER <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > bytes.length) break;
    const type = view.getUint16(at + 2, true) & ATTRIBUTE_TYPE_MASK;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE_HEADER, at + length));
    at += aligned(length);
  }
  return attributes;
}

/** An attribute with the flags that say how it is written. */
export interface WrittenAttribute {
  readonly type: number;
  readonly writtenType: number;
  readonly value: Uint8Array;
}

/** The attributes from `start` on as they were written, in order, for giving them back. */
export function listAttributes(bytes: Uint8Array, start: number): readonly WrittenAttribute[] {
  const list: WrittenAttribute[] = [];
  const view = viewOf(bytes);
  for (let at = start; at + ATTRIBUTE_HEADER <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > bytes.length) break;
    const writtenType = view.getUint16(at + 2, true);
    const value = bytes.subarray(at + ATTRIBUTE_HEADER, at + length);
    list.push({ type: writtenType & ATTRIBUTE_TYPE_MASK, writtenType, value });
    at += aligned(length);
  }
  return list;
}

/** The first attribute of a type from `start` on, without building a list of all. */
export function findAttribute(bytes: Uint8Array, start: number, type: number): Uint8Array | undefined {
  const view = viewOf(bytes);
  for (let at = start; at + ATTRIBUTE_HEADER <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > bytes.length) return undefined;
    if ((view.getUint16(at + 2, true) & ATTRIBUTE_TYPE_MASK) === type) {
      return bytes.subarray(at + ATTRIBUTE_HEADER, at + length);
    }
    at += aligned(length);
  }
  return undefined;
}

/** The number in an attribute; undefined when it is absent or shorter than 4 bytes. */
export function uint32Of(value: Uint8Array | undefined): number | undefined {
  return value === undefined || value.length < 4 ? undefined : viewOf(value).getUint32(0, true);
}

/** The text in an attribute up to its terminating zero. */
export function textOf(value: Uint8Array | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return String.fromCharCode(...value.subarray(0, Math.min(end < 0 ? value.length : end, TEXT_LENGTH_MAX)));
}

const TEXT_LENGTH_MAX = 512;

/** How the kernel ended a request or a dump: `errno` 0 is success, `reason` its own words, if it gave any. */
export interface NetlinkEnd {
  readonly errno: number;
  readonly reason: string | undefined;
}

/** Reads an acknowledgement, a refusal or the end of a dump; undefined for other messages and malformed ones. */
export function decodeEnd({ type, flags, payload }: NetlinkMessage): NetlinkEnd | undefined {
  if ((type !== NLMSG.error && type !== NLMSG.done) || payload.length < 4) return undefined;
  const errno = -viewOf(payload).getInt32(0, true);
  const hasReason = (flags & NLM_F_ACK_TLVS) !== 0;
  const start = type === NLMSG.done ? 4 : reasonStart(payload, flags);
  const reason = hasReason ? textOf(decodeAttributes(payload, start).get(NLMSGERR_ATTR_MESSAGE)) : undefined;
  return { errno: errno === 0 ? 0 : errno, reason };
}

/** The extended part follows the request's header, and its payload too unless the kernel capped it. */
function reasonStart(payload: Uint8Array, flags: number): number {
  const capped = 4 + HEADER;
  if ((flags & NLM_F_CAPPED) !== 0 || payload.length < capped) return capped;
  return 4 + Math.max(HEADER, aligned(viewOf(payload).getUint32(4, true)));
}

/** Whether a dump may be inconsistent because what it lists changed meanwhile: it has to be repeated. */
export const wasInterrupted = ({ flags }: NetlinkMessage): boolean => (flags & NLM_F_DUMP_INTERRUPTED) !== 0;

/** Writes one message. The fixed part comes first, attributes after it; `finish` fills in the lengths. */
export class NetlinkWriter {
  #bytes = new Uint8Array(USUAL_LENGTH);
  #view = viewOf(this.#bytes);
  #end = HEADER;

  /** @param fixed the family header that follows the netlink header. */
  constructor(type: number, flags: number, fixed: Uint8Array) {
    this.#view.setUint16(4, type, true);
    this.#view.setUint16(6, flags, true);
    this.#append(fixed);
  }

  attribute(type: number, value: Uint8Array): this {
    this.#header(type, ATTRIBUTE_HEADER + value.length);
    this.#append(value);
    return this;
  }

  uint32(type: number, value: number): this {
    const bytes = new Uint8Array(4);
    viewOf(bytes).setUint32(0, value, true);
    return this.attribute(type, bytes);
  }

  /** A zero-terminated text, ASCII as all names in the kernel are. */
  text(type: number, value: string): this {
    return this.attribute(
      type,
      Uint8Array.from(`${value}\0`, (letter) => letter.charCodeAt(0)),
    );
  }

  /** An attribute that consists of those that `fill` writes. */
  nested(type: number, fill: (writer: this) => void): this {
    const start = this.#end;
    this.#header(type | NLA_F_NESTED, 0);
    fill(this);
    this.#view.setUint16(start, this.#end - start, true);
    return this;
  }

  /** The same with content that was read from such an attribute. */
  nestedBytes(type: number, content: Uint8Array): this {
    return this.attribute(type | NLA_F_NESTED, content);
  }

  /** The finished message, ready for {@link stampSequence}. */
  finish(): Uint8Array {
    this.#view.setUint32(0, this.#end, true);
    return this.#bytes.subarray(0, this.#end);
  }

  #header(type: number, length: number): void {
    this.#reserve(ATTRIBUTE_HEADER);
    this.#view.setUint16(this.#end, length, true);
    this.#view.setUint16(this.#end + 2, type, true);
    this.#end += ATTRIBUTE_HEADER;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(aligned(bytes.length));
    this.#bytes.set(bytes, this.#end);
    this.#end += aligned(bytes.length);
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#end + length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = viewOf(larger);
  }
}

/** Enough for nearly all of our requests. */
const USUAL_LENGTH = 160;

/** Numbers a message, so that its answer can be told from older ones. */
export const stampSequence = (message: Uint8Array, sequence: number): void =>
  viewOf(message).setUint32(8, sequence, true);
