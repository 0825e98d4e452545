import { namespacePath } from "../../lab/places.js";
import { Namespace } from "../../lab/namespace.js";
import { viewOf } from "../../src/base/bytes.js";
import { close, bind, recvfrom } from "../../src/os/linux/libc.js";
import { openSocket } from "../../src/os/linux/open-socket.js";
import { encodeLinkAddress, encodeSocketAddress } from "../../src/os/linux/socket-address.js";
import { AF, setReceiveBuffer, SOCK } from "../../src/os/linux/socket-options.js";
import { checked } from "../../src/os/linux/system-call-error.js";
import { UdpSocket } from "../../src/os/linux/udp-socket.js";
import { parseIpAddress } from "../../src/base/ip-address.js";
import { known } from "../../src/base/assert.js";
import { decodeArp } from "../../src/wire/arp.js";
import { decodeNeighbourMessage } from "../../src/wire/ndisc.js";
import { eventually } from "./fixture.js";

/** The port of heartbeats, where the cluster file names none. */
export const HEARTBEAT_PORT = 4_994;

/** Only a socket for all protocols sees what its own host sends. */
const ETHERTYPE_ANY = 0x0003;
const IPV4 = 4;
const UDP = 17;
const PACKET_MAX = 2_048;
/** Room for what a client asks and is answered while this process is kept from reading. */
const BUFFER = 1 << 24;

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

/** Sees every packet of one kind that a host of the lab sends or receives. */
export class WireTap<Seen> {
  readonly #fd: number;
  readonly #read: (packet: Uint8Array) => Seen | undefined;
  readonly #buffer = new Uint8Array(PACKET_MAX);

  /** @param read what is to be seen of a packet, from its network header on; undefined: it is of another kind */
  constructor(lab: string, host: string, read: (packet: Uint8Array) => Seen | undefined) {
    this.#read = read;
    const kind = { domain: AF.packet, type: SOCK.datagram | SOCK.nonblock, protocol: 0 };
    const everywhere = encodeLinkAddress({ linkIndex: 0, etherType: ETHERTYPE_ANY, mac: new Uint8Array() });
    this.#fd = onHost(lab, host, () =>
      openSocket(kind, "see packets", (fd) => {
        setReceiveBuffer(fd, BUFFER);
        checked(bind(fd, everywhere), "bind", "see packets");
      }),
    );
  }

  /** Waits for so many that are as wished. Each is seen once, in their order. */
  async take(count: number, isWished: (seen: Seen) => boolean): Promise<readonly Seen[]> {
    const found: Seen[] = [];
    const drain = (): boolean => {
      for (let seen = this.#next(); seen !== "none"; seen = this.#next()) {
        if (seen !== "other" && isWished(seen)) found.push(seen);
      }
      return found.length >= count;
    };
    await eventually(drain, () => `${count} packets shall pass, and ${found.length} did: ${JSON.stringify(found)}`);
    return found.slice(0, count);
  }

  close(): void {
    close(this.#fd);
  }

  #next(): Seen | "none" | "other" {
    const length = recvfrom(this.#fd, this.#buffer, 0, null);
    return length < 0 ? "none" : (this.#read(this.#buffer.slice(0, length)) ?? "other");
  }
}

/** The UDP datagram in an IPv4 packet, if it goes to the port of heartbeats. */
export function heartbeatIn(packet: Uint8Array): Datagram | undefined {
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

/** That an address is at a MAC, told to everybody unasked. */
export interface GratuitousWord {
  readonly form: "request" | "reply" | "advertisement";
  readonly address: string;
  readonly mac: string | undefined;
}

/** The gratuitous ARP or unsolicited neighbour advertisement in a packet. */
export function gratuitousWordIn(packet: Uint8Array): GratuitousWord | undefined {
  const arp = decodeArp(packet);
  if (arp !== undefined) {
    const { operation, senderAddress, senderMac, targetAddress } = arp;
    return senderAddress === targetAddress ? { form: operation, address: senderAddress, mac: senderMac } : undefined;
  }
  const told = decodeNeighbourMessage(packet);
  if (told === undefined || told.kind !== "advertisement" || told.solicited) return undefined;
  return { form: told.kind, address: told.target, mac: told.mac };
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
