import { parseIpAddress } from "../../base/ip-address.js";
import { LocumError } from "../../base/locum-error.js";
import { bind, close, getsockname, recvfrom, sendto, socket } from "./libc.js";
import { encodeSocketAddress, SOCKADDR_IN6, socketAddressPort } from "./socket-address.js";
import { AF, MSG, setNetworkControl, setReceiveBuffer, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

/** Room for what arrives while its reader is kept from running. */
const RECEIVE_BUFFER = 1 << 20;

/** A UDP socket for a thread of its own: neither call waits, and neither allocates. */
export class UdpSocket {
  readonly fd: number;

  /**
   * @param port 0: any free one.
   * @throws {SystemCallError} when the address is not on this machine, or the port is taken.
   */
  constructor(address: string, port: number) {
    const parsed = parseIpAddress(address);
    if (parsed === undefined)
      throw new LocumError({ code: "system.bad-address", message: `Cannot use ${address}: it is no address` });
    const purpose = `receive heartbeats on ${address} port ${port}`;
    const family = parsed.family === 4 ? AF.inet : AF.inet6;
    this.fd = checked(socket(family, SOCK.datagram | SOCK.cloexec | SOCK.nonblock, 0), "socket", purpose);
    setReceiveBuffer(this.fd, RECEIVE_BUFFER);
    setNetworkControl(this.fd, family);
    const answer = bind(this.fd, encodeSocketAddress(parsed, port));
    if (answer < 0) this.close();
    checked(answer, "bind", purpose);
  }

  get port(): number {
    const address = new Uint8Array(SOCKADDR_IN6);
    checked(getsockname(this.fd, address), "getsockname", "find out a socket's port");
    return socketAddressPort(address);
  }

  /** Sends the first `length` bytes. Answers a negative errno when they did not leave. */
  send(bytes: Uint8Array, length: number, destination: Uint8Array): number {
    return sendto(this.fd, bytes, length, destination);
  }

  /** Takes the next datagram. Answers its length, more than `bytes` holds if it was cut; -EAGAIN when there is none. */
  receive(bytes: Uint8Array): number {
    return recvfrom(this.fd, bytes, MSG.truncated, null);
  }

  close(): void {
    close(this.fd);
  }
}
