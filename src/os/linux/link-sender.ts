import { close, sendto, socket } from "./libc.js";
import { encodeLinkAddress, type LinkDestination } from "./socket-address.js";
import { AF, setSendBuffer, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

/** Room for the announcements of some thousand addresses at once: a packet that finds none is lost. */
const SEND_BUFFER = 4 << 20;

/** Sends packets of our own making to the stations of a link; the kernel puts the interface's frame around them. */
export class LinkSender {
  readonly fd: number;

  /** @throws {SystemCallError} without CAP_NET_RAW. */
  constructor() {
    // Protocol 0: it sends, and never hears anything.
    this.fd = checked(socket(AF.packet, SOCK.datagram | SOCK.cloexec | SOCK.nonblock, 0), "socket", "send ARP packets");
    setSendBuffer(this.fd, SEND_BUFFER);
  }

  /** Answers as the kernel does: a negative number is an errno. */
  send(destination: LinkDestination, packet: Uint8Array): number {
    return sendto(this.fd, packet, packet.length, encodeLinkAddress(destination));
  }

  close(): void {
    close(this.fd);
  }
}
