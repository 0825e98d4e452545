import { close, sendto, socket } from "./libc.js";
import { encodeLinkAddress, type LinkDestination } from "./socket-address.js";
import { AF, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

/** Sends packets of our own making to the stations of a link; the kernel puts the interface's frame around them. */
export class LinkSender {
  readonly fd: number;

  /** @throws {SystemCallError} without CAP_NET_RAW. */
  constructor() {
    // Protocol 0: it sends, and never hears anything.
    this.fd = checked(socket(AF.packet, SOCK.datagram | SOCK.cloexec | SOCK.nonblock, 0), "socket", "send ARP packets");
  }

  /** Answers as the kernel does: a negative number is an errno. */
  send(destination: LinkDestination, packet: Uint8Array): number {
    return sendto(this.fd, packet, packet.length, encodeLinkAddress(destination));
  }

  close(): void {
    close(this.fd);
  }
}
