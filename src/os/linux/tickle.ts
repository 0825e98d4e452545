import { parseIpAddress } from "../../base/ip-address.js";
import type { TcpConnection } from "../../model/kernel.js";
import { tickleAck } from "../../wire/tcp.js";
import { close, sendto, socket } from "./libc.js";
import { encodeSocketAddress } from "./socket-address.js";
import { AF, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

const IPPROTO_RAW = 255;
/** So many are sent at a time, in about a millisecond: the next takeover must not wait for the clients of the last. */
const TURN = 128;
/** Clients beyond this find out by their own timeouts. */
const WAITING_MAX = 40_000;

/** Tickles clients of connections that ended with another machine, so that they notice at once. */
export class Tickler {
  readonly #fds: Readonly<Record<4 | 6, number>>;
  #waiting: readonly TcpConnection[] = [];
  #turn: NodeJS.Immediate | undefined;

  /** @throws {SystemCallError} without CAP_NET_RAW. */
  constructor() {
    // Both kinds of socket take whole packets, IP header included.
    const open = (family: number): number => socket(family, SOCK.raw | SOCK.cloexec | SOCK.nonblock, IPPROTO_RAW);
    this.#fds = {
      4: checked(open(AF.inet), "socket", "send TCP packets of closed connections"),
      // A kernel without IPv6 has no IPv6 connections to tickle.
      6: open(AF.inet6),
    };
  }

  /** Tickles the first ones before it returns, and all others soon, between whatever else there is to do. */
  tickle(connections: readonly TcpConnection[]): void {
    this.#waiting = [...this.#waiting, ...connections].slice(0, WAITING_MAX);
    if (this.#turn === undefined) this.#takeTurn();
  }

  close(): void {
    clearImmediate(this.#turn);
    for (const fd of Object.values(this.#fds)) if (fd >= 0) close(fd);
  }

  #takeTurn(): void {
    for (const connection of this.#waiting.slice(0, TURN)) this.#send(connection);
    this.#waiting = this.#waiting.slice(TURN);
    this.#turn = this.#waiting.length === 0 ? undefined : setImmediate(() => this.#takeTurn());
  }

  /** A packet that finds no way is not sent again: its client finds out by its own timeout. */
  #send({ localAddress, localPort, remoteAddress, remotePort }: TcpConnection): void {
    const local = parseIpAddress(localAddress);
    const remote = parseIpAddress(remoteAddress);
    if (local === undefined || remote === undefined || local.family !== remote.family) return;
    const packet = tickleAck({
      localAddress: local.bytes,
      localPort,
      remoteAddress: remote.bytes,
      remotePort,
    });
    // The port of a raw IPv6 destination must be 0: the kernel takes it for a protocol.
    sendto(this.#fds[local.family], packet, packet.length, encodeSocketAddress(remote, 0));
  }
}
