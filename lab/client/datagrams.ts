import { parseIpAddress } from "../../src/base/ip-address.js";
import { LocumError } from "../../src/base/locum-error.js";
import { bind, recvfrom, schedSetscheduler, sendto, setsockopt, socket } from "../../src/os/linux/libc.js";
import { encodeSocketAddress } from "../../src/os/linux/socket-address.js";
import { AF, LEVEL, MSG, optionValue, setReceiveBuffer, SOCK } from "../../src/os/linux/socket-options.js";
import { checked } from "../../src/os/linux/system-call-error.js";

/** Room for what arrives while its reader is kept from running. */
const RECEIVE_BUFFER = 1 << 20;
const IP_FREEBIND = 15;
const IPV6_FREEBIND = 78;
const IPV6_V6ONLY = 26;
const SCHED_FIFO = 1;

interface Endpoint {
  readonly family: number;
  /** Address and port, as the kernel writes them. */
  readonly address: Uint8Array;
}

/**
 * A datagram socket for a loop that does nothing else. An event loop would add its other work to every figure; system
 * calls in a row answer and measure within tens of microseconds.
 */
export class Datagrams {
  readonly fd: number;
  readonly family: number;
  /** The address that it was made for, as the kernel writes it. */
  readonly #endpoint: Uint8Array;
  /** The sender of the last datagram received. */
  readonly #sender: Uint8Array;

  private constructor(fd: number, { family, address: endpoint }: Endpoint) {
    this.fd = fd;
    this.family = family;
    this.#endpoint = endpoint;
    this.#sender = new Uint8Array(endpoint.length);
  }

  /** Listens on an address that this host need not have yet: it answers from the moment the address arrives. */
  static listenOn(text: string): Datagrams {
    const endpoint = parseEndpoint(text);
    const { family, address } = endpoint;
    const fd = open(family, text);
    if (family === AF.inet6) setsockopt(fd, LEVEL.ipv6, IPV6_V6ONLY, optionValue(1));
    const [level, option] = family === AF.inet ? [LEVEL.ip, IP_FREEBIND] : [LEVEL.ipv6, IPV6_FREEBIND];
    checked(setsockopt(fd, level, option, optionValue(1)), "setsockopt", `listen on ${text} before the host has it`);
    checked(bind(fd, address), "bind", `listen on ${text}`);
    return new Datagrams(fd, endpoint);
  }

  /** Talks to one endpoint. It is not connected: refusals of earlier datagrams would take the place of later ones. */
  static talkTo(text: string): Datagrams {
    const endpoint = parseEndpoint(text);
    return new Datagrams(open(endpoint.family, text), endpoint);
  }

  /** Sends the first bytes to the endpoint. Answers a negative errno when they did not leave. */
  send(bytes: Uint8Array, length: number): number {
    return sendto(this.fd, bytes, length, this.#endpoint);
  }

  /** Takes the next datagram. Answers its length; a negative number when none waits. */
  receive(bytes: Uint8Array): number {
    return recvfrom(this.fd, bytes, MSG.dontWait, this.#sender);
  }

  /** Whether the last datagram received came from the endpoint: family, port and address are the same. */
  get isFromEndpoint(): boolean {
    return this.#endpoint.every((byte, index) => this.#sender[index] === byte);
  }
}

/**
 * Asks to run before ordinary processes, so that a busy machine delays the measuring as little as possible. Where this
 * is not permitted the measuring goes on without: its lateness is recorded either way.
 */
export function raisePriority(): boolean {
  return schedSetscheduler(0, SCHED_FIFO, optionValue(1)) >= 0;
}

function open(family: number, text: string): number {
  const fd = checked(socket(family, SOCK.datagram | SOCK.cloexec, 0), "socket", `make a socket for ${text}`);
  setReceiveBuffer(fd, RECEIVE_BUFFER);
  return fd;
}

/** Reads `192.168.1.1:7000` or `[fd00:1::1]:7000`. */
function parseEndpoint(text: string): Endpoint {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const parsed = parseIpAddress(v6 ?? v4 ?? "");
  if (parsed === undefined) throw new LocumError({ code: "lab.endpoint", message: `${text} is no ADDRESS:PORT` });
  const family = parsed.family === 4 ? AF.inet : AF.inet6;
  return { family, address: encodeSocketAddress(parsed, Number(port)) };
}
