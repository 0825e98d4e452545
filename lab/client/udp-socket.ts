import { isIPv6 } from "node:net";
import koffi from "koffi";
import { LocumError } from "../../src/base/locum-error.js";
import { checked, socket, systemCallFailed } from "../libc.js";

/**
 * Datagram sockets and waiting through plain system calls: a blocking loop around them answers and measures in tens of
 * microseconds, where an event loop adds its other work to every figure.
 */
const libc = koffi.load(null);
const bind: (fd: number, address: Uint8Array, size: number) => number = libc.func(
  "int bind(int fd, uint8_t *address, uint32_t size)",
);
const connect: (fd: number, address: Uint8Array, size: number) => number = libc.func(
  "int connect(int fd, uint8_t *address, uint32_t size)",
);
const setsockopt: (fd: number, level: number, name: number, value: Uint8Array, size: number) => number = libc.func(
  "int setsockopt(int fd, int level, int name, uint8_t *value, uint32_t size)",
);
export const send: (fd: number, bytes: Uint8Array, size: number, flags: number) => number = libc.func(
  "int64_t send(int fd, uint8_t *bytes, size_t size, int flags)",
);
export const receive: (fd: number, bytes: Uint8Array, size: number, flags: number) => number = libc.func(
  "int64_t recv(int fd, uint8_t *bytes, size_t size, int flags)",
);
export const receiveFrom: (
  fd: number,
  bytes: Uint8Array,
  size: number,
  flags: number,
  sender: Uint8Array,
  senderSize: Uint8Array,
) => number = libc.func(
  "int64_t recvfrom(int fd, uint8_t *bytes, size_t size, int flags, uint8_t *sender, uint8_t *sender_size)",
);
export const sendTo: (
  fd: number,
  bytes: Uint8Array,
  size: number,
  flags: number,
  target: Uint8Array,
  targetSize: number,
) => number = libc.func(
  "int64_t sendto(int fd, uint8_t *bytes, size_t size, int flags, uint8_t *target, uint32_t target_size)",
);
const ppoll: (entries: Uint8Array, count: number, timeout: Uint8Array | null, mask: null) => number = libc.func(
  "int ppoll(uint8_t *entries, unsigned long count, uint8_t *timeout, void *mask)",
);

export const MSG_DONTWAIT = 0x40;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM_CLOEXEC = 0x8_0002;
const IPPROTO_IP = 0;
const IP_FREEBIND = 15;
const IPPROTO_IPV6 = 41;
const IPV6_FREEBIND = 78;
const POLLIN = 1;
/** `struct pollfd`: descriptor, wanted events, answered events. */
const POLL_ENTRY_SIZE = 8;

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Reads `192.168.1.1:7000` or `[fd00:1::1]:7000`. */
export function parseEndpoint(text: string): Endpoint {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = v6 ?? v4;
  if (address !== undefined && port !== undefined) return { address, port: Number(port) };
  throw new LocumError({ code: "lab.endpoint", message: `${text} is no ADDRESS:PORT` });
}

/** A datagram socket on an address that this host need not have yet: it answers from the moment it gets it. */
export function listenOn(endpoint: Endpoint): number {
  const { fd, v6 } = open(endpoint);
  const one = Buffer.from([1, 0, 0, 0]);
  const answer = setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_FREEBIND : IP_FREEBIND, one, one.length);
  checked(answer, "setsockopt", `bind to ${endpoint.address} before this host has it`);
  const address = socketAddress(endpoint);
  checked(bind(fd, address, address.length), "bind", `listen on ${endpoint.address} port ${endpoint.port}`);
  return fd;
}

/** A datagram socket that sends to one endpoint and hears from no other. */
export function connectTo(endpoint: Endpoint): number {
  const { fd } = open(endpoint);
  const address = socketAddress(endpoint);
  checked(connect(fd, address, address.length), "connect", `reach ${endpoint.address} port ${endpoint.port}`);
  return fd;
}

/** Waits on descriptors, without giving the thread to anything else. */
export class Poll {
  readonly #entries: Buffer;
  readonly #timeout: Buffer = Buffer.alloc(16);
  readonly #count: number;

  constructor(descriptors: readonly number[]) {
    this.#count = descriptors.length;
    this.#entries = Buffer.alloc(POLL_ENTRY_SIZE * descriptors.length);
    for (const [index, fd] of descriptors.entries()) {
      this.#entries.writeInt32LE(fd, index * POLL_ENTRY_SIZE);
      this.#entries.writeInt16LE(POLLIN, index * POLL_ENTRY_SIZE + 4);
    }
  }

  /** Waits until one is ready or the time, in microseconds, is over; for ever without a time. */
  wait(microseconds?: number): void {
    if (microseconds === undefined) {
      ppoll(this.#entries, this.#count, null, null);
      return;
    }
    const whole = Math.max(0, Math.round(microseconds));
    this.#timeout.writeUInt32LE(Math.floor(whole / 1_000_000), 0);
    this.#timeout.writeUInt32LE((whole % 1_000_000) * 1_000, 8);
    ppoll(this.#entries, this.#count, this.#timeout, null);
  }

  /** Whether the descriptor at this place was ready, or at its end, after the last wait. */
  isReady(index: number): boolean {
    return this.#entries.readInt16LE(index * POLL_ENTRY_SIZE + 6) !== 0;
  }
}

function open({ address }: Endpoint): { readonly fd: number; readonly v6: boolean } {
  const v6 = isIPv6(address);
  const fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw systemCallFailed("socket", "make a datagram socket");
  return { fd, v6 };
}

/** `struct sockaddr_in` or `struct sockaddr_in6`. */
function socketAddress({ address, port }: Endpoint): Buffer {
  const v6 = isIPv6(address);
  const bytes = Buffer.alloc(v6 ? 28 : 16);
  bytes.writeUInt16LE(v6 ? AF_INET6 : AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  if (v6) bytes.set(ipv6Bytes(address), 8);
  else bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

function ipv6Bytes(address: string): Buffer {
  const [head = "", tail] = address.split("::");
  const left = groups(head);
  const right = groups(tail ?? "");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => 0);
  const bytes = Buffer.alloc(16);
  for (const [index, group] of [...left, ...zeros, ...right].slice(0, 8).entries())
    bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

const groups = (text: string): number[] =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
