import type { Duration } from "../../base/time.js";
import { setsockopt } from "./libc.js";

/** Numbers of socket.h and its relatives, as on x86-64, arm64, riscv64 and loong64. */
export const AF = { inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
export const SOCK = { stream: 1, datagram: 2, raw: 3, cloexec: 0x8_0000, nonblock: 0x800 } as const;
export const MSG = { dontWait: 0x40, truncated: 0x20 } as const;
export const LEVEL = { ip: 0, socket: 1, ipv6: 41, icmpv6: 58, raw: 255, packet: 263, netlink: 270 } as const;

const SO = {
  sendBuffer: 7,
  receiveBuffer: 8,
  priority: 12,
  passCredentials: 16,
  receiveTimeout: 20,
  bindToDevice: 25,
  sendBufferForce: 32,
  receiveBufferForce: 33,
  bindToIfIndex: 62,
} as const;

/** A number as the value of a socket option. */
export function optionValue(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return bytes;
}

/** A span of time as struct timeval or struct timespec, by the size of its second field's unit. */
function timeStructure(span: Duration, unitsPerMicrosecond: 1 | 1000): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(Math.floor(span / 1_000_000)), true);
  view.setBigInt64(8, BigInt((span % 1_000_000) * unitsPerMicrosecond), true);
  return bytes;
}

export const setReceiveTimeout = (fd: number, span: Duration): number =>
  setsockopt(fd, LEVEL.socket, SO.receiveTimeout, timeStructure(span, 1));

/** Asks for room for bursts that come in; beyond the administrator's limit only with CAP_NET_ADMIN. */
export const setReceiveBuffer = (fd: number, bytes: number): number =>
  setBuffer(fd, bytes, SO.receiveBufferForce, SO.receiveBuffer);

/** The same for bursts that go out. */
export const setSendBuffer = (fd: number, bytes: number): number =>
  setBuffer(fd, bytes, SO.sendBufferForce, SO.sendBuffer);

function setBuffer(fd: number, bytes: number, forced: number, permitted: number): number {
  const answer = setsockopt(fd, LEVEL.socket, forced, optionValue(bytes));
  return answer < 0 ? setsockopt(fd, LEVEL.socket, permitted, optionValue(bytes)) : answer;
}

/** Each datagram of a unix socket comes with the process, user and group that sent it, as the kernel knows them. */
export const passCredentials = (fd: number): number => setsockopt(fd, LEVEL.socket, SO.passCredentials, optionValue(1));

const IP_TOS = 1;
const IPV6_TCLASS = 67;
/** Class selector 6, network control: what routers and switches use among themselves, dropped last. */
const DSCP_CS6 = 0xc0;
/** TC_PRIO_INTERACTIVE: the first band of this machine's own queues; the highest that needs no capability. */
const PRIORITY = 6;

/** Lets what the socket sends pass before bulk traffic, here and on the way. Best effort: it works without too. */
export function setNetworkControl(fd: number, family: number): void {
  if (family === AF.inet) setsockopt(fd, LEVEL.ip, IP_TOS, optionValue(DSCP_CS6));
  else setsockopt(fd, LEVEL.ipv6, IPV6_TCLASS, optionValue(DSCP_CS6));
  // After the type of service, which sets a priority of its own.
  setsockopt(fd, LEVEL.socket, SO.priority, optionValue(PRIORITY));
}

export const bindToDevice = (fd: number, interfaceName: string): number =>
  setsockopt(fd, LEVEL.socket, SO.bindToDevice, Buffer.from(`${interfaceName}\0`, "latin1"));

const IP_UNICAST_IF = 50;

/**
 * Lets a socket with an address of its own send through one interface alone; 0: any. Answers a negative errno.
 *
 * IPv4: what arrives counts on any interface. Linux answers for an IPv4 address on all of its interfaces, so with two of
 * them in one segment, others may well send to the other one. IPv6 addresses are answered for on their own interface
 * only; there, IPV6_UNICAST_IF is no more than a preference of the kernel's, and nothing less than binding will do.
 */
export function setOutgoingInterface(fd: number, family: 4 | 6, linkIndex: number): number {
  if (family === 6) return setsockopt(fd, LEVEL.socket, SO.bindToIfIndex, optionValue(linkIndex));
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, linkIndex);
  return setsockopt(fd, LEVEL.ip, IP_UNICAST_IF, bytes);
}
