import { parseIpAddress } from "../../base/ip-address.js";
import type { TcpConnection } from "../../model/kernel.js";
import { tickleAck } from "../../wire/tcp.js";
import { close, sendto, socket } from "./libc.js";
import { encodeSocketAddress } from "./socket-address.js";
import { AF, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

const IPPROTO_RAW = 255;

/** Tickles clients of connections that ended with another machine, so that they notice at once. */
export class Tickler {
  readonly #fds: Readonly<Record<4 | 6, number>>;

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

  /** Answers how many of the packets left; the rest had no way to their client. */
  tickle(connections: readonly TcpConnection[]): number {
    return connections.filter((connection) => this.#send(connection)).length;
  }

  #send({ localAddress, localPort, remoteAddress, remotePort }: TcpConnection): boolean {
    const local = parseIpAddress(localAddress);
    const remote = parseIpAddress(remoteAddress);
    if (local === undefined || remote === undefined || local.family !== remote.family) return false;
    const packet = tickleAck({
      localAddress: local.bytes,
      localPort,
      remoteAddress: remote.bytes,
      remotePort,
    });
    // The port of a raw IPv6 destination must be 0: the kernel takes it for a protocol.
    return sendto(this.#fds[local.family], packet, packet.length, encodeSocketAddress(remote, 0)) >= 0;
  }

  close(): void {
    for (const fd of Object.values(this.#fds)) if (fd >= 0) close(fd);
  }
}
