import { namespacePath } from "../../lab/places.js";
import { Namespace } from "../../lab/namespace.js";
import { viewOf } from "../../src/base/bytes.js";
import { close, bind, recvfrom } from "../../src/os/linux/libc.js";
import { openSocket } from "../../src/os/linux/open-socket.js";
import { encodeLinkAddress, encodeSocketAddress } from "../../src/os/linux/socket-address.js";
import { AF, SOCK } from "../../src/os/linux/socket-options.js";
import { checked } from "../../src/os/linux/system-call-error.js";
import { UdpSocket } from "../../src/os/linux/udp-socket.js";
import { parseIpAddress } from "../../src/base/ip-address.js";
import { known } from "../../src/base/assert.js";
import { eventually } from "./fixture.js";

/** The port of heartbeats, where the cluster file names none. */
export const HEARTBEAT_PORT = 4_994;

/** Only a socket for all protocols sees what its own host sends. */
const ETHERTYPE_ANY = 0x0003;
const IPV4 = 4;
const UDP = 17;
const PACKET_MAX = 2_048;

export interface Datagram {
  readonly from: string;
  readonly to: string;
  readonly payload: Uint8Array;
}

/** Runs synchronous work in the network of a host of the lab: sockets opened there stay there. */
export function onHost<Result>(lab: string, host: string, work: () => Result): Result {
  const namespace = new Namespace(namespacePath(lab, host));
  try {
    return namespace.visit(work);
  } finally {
    namespace.close();
  }
}

/** Sees every heartbeat that a host of the lab sends or receives over IPv4. */
export class WireTap {
  readonly #fd: number;
  readonly #buffer = new Uint8Array(PACKET_MAX);

  constructor(lab: string, host: string) {
    const kind = { domain: AF.packet, type: SOCK.datagram | SOCK.nonblock, protocol: 0 };
    const everywhere = encodeLinkAddress({ linkIndex: 0, etherType: ETHERTYPE_ANY, mac: new Uint8Array() });
    this.#fd = onHost(lab, host, () =>
      openSocket(kind, "see packets", (fd) => checked(bind(fd, everywhere), "bind", "see packets")),
    );
  }

  /** Waits for so many heartbeats that are as wished. Each is seen once, in their order. */
  async take(count: number, isWished: (datagram: Datagram) => boolean): Promise<readonly Datagram[]> {
    const found: Datagram[] = [];
    const drain = (): boolean => {
      for (let datagram = this.#next(); datagram !== "none"; datagram = this.#next()) {
        if (datagram !== "other" && isWished(datagram)) found.push(datagram);
      }
      return found.length >= count;
    };
    await eventually(drain, () => `${count} heartbeats shall pass, and ${found.length} did`);
    return found.slice(0, count);
  }

  close(): void {
    close(this.#fd);
  }

  #next(): Datagram | "none" | "other" {
    const length = recvfrom(this.#fd, this.#buffer, 0, null);
    return length < 0 ? "none" : (heartbeatIn(this.#buffer.slice(0, length)) ?? "other");
  }
}

/** The UDP datagram in an IPv4 packet, if it goes to the port of heartbeats. */
function heartbeatIn(packet: Uint8Array): Datagram | undefined {
  const view = viewOf(packet);
  if ((packet[0] ?? 0) >> 4 !== IPV4) return undefined;
  const header = ((packet[0] ?? 0) & 0xf) * 4;
  if (packet.length < header + 8 || packet[9] !== UDP || view.getUint16(header + 2) !== HEARTBEAT_PORT)
    return undefined;
  const end = header + view.getUint16(header + 4);
  return {
    from: packet.slice(12, 16).join("."),
    to: packet.slice(16, 20).join("."),
    payload: packet.slice(header + 8, end),
  };
}

/** Sends whatever it likes from a host of the lab. */
export class Sender {
  readonly #socket: UdpSocket;
  sent = 0;

  constructor(lab: string, host: string, address: string) {
    this.#socket = onHost(lab, host, () => new UdpSocket(address, 0));
  }

  send(to: string, payload: Uint8Array): void {
    const address = known(parseIpAddress(to), "the test names an address");
    const answer = this.#socket.send(payload, payload.length, encodeSocketAddress(address, HEARTBEAT_PORT));
    checked(answer, "sendto", `send to ${to}`);
    this.sent += 1;
  }

  close(): void {
    this.#socket.close();
  }
}
