import { parseIpAddress } from "../../base/ip-address.js";
import { LocumError } from "../../base/locum-error.js";
import { bind, close, getsockname, recvfrom, sendto } from "./libc.js";
import { openSocket } from "./open-socket.js";
import { encodeSocketAddress, SOCKADDR_IN6, socketAddressPort } from "./socket-address.js";
import { AF, MSG, setNetworkControl, setOutgoingInterface, setReceiveBuffer, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

/** Room for what arrives while its reader is kept from running; the kernel takes it twice, for what it adds itself. */
const RECEIVE_BUFFER = 1 << 19;

/** A UDP socket for a thread of its own: neither call waits, and neither allocates. */
export class UdpSocket {
  readonly fd: number;
  readonly #family: 4 | 6;

  /**
   * @param port 0: any free one.
   * @throws {SystemCallError} when the address is not on this machine, or the port is taken.
   */
  constructor(address: string, port: number) {
    const parsed = parseIpAddress(address);
    if (parsed === undefined)
      throw new LocumError({ code: "system.bad-address", message: `Cannot use ${address}: it is no address` });
    const purpose = `receive heartbeats on ${address} port ${port}`;
    this.#family = parsed.family;
    const family = parsed.family === 4 ? AF.inet : AF.inet6;
    const kind = { domain: family, type: SOCK.datagram | SOCK.nonblock, protocol: 0 };
    this.fd = openSocket(kind, purpose, (fd) => {
      setReceiveBuffer(fd, RECEIVE_BUFFER);
      setNetworkControl(fd, family);
      checked(bind(fd, encodeSocketAddress(parsed, port)), "bind", purpose);
    });
  }

  get port(): number {
    const address = new Uint8Array(SOCKADDR_IN6);
    checked(getsockname(this.fd, address), "getsockname", "find out a socket's port");
    return socketAddressPort(address);
  }

  /** Packets leave through this interface alone from now on; 0: any. Answers a negative errno. */
  sendThrough(linkIndex: number): number {
    return setOutgoingInterface(this.fd, this.#family, linkIndex);
  }

  /** Sends the first `length` bytes. Answers a negative errno when they did not leave. */
  send(bytes: Uint8Array, length: number, destination: Uint8Array): number {
    return sendto(this.fd, bytes, length, destination);
  }

  /**
   * Takes the next datagram. Answers its length, more than `bytes` holds if it was cut; -EAGAIN when there is none.
   *
   * @param source takes the sender's socket address: room for SOCKADDR_IN6
   */
  receive(bytes: Uint8Array, source: Uint8Array | null = null): number {
    return recvfrom(this.fd, bytes, MSG.truncated, source);
  }

  close(): void {
    close(this.fd);
  }
}
