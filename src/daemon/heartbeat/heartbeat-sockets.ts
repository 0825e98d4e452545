import { known } from "../../base/assert.js";
import { type IpAddress, parseIpAddress } from "../../base/ip-address.js";
import { LocumError, type Failure } from "../../base/locum-error.js";
import { after, milliseconds, type Duration, type Instant } from "../../base/time.js";
import type { Cluster, NodeConfig } from "../../model/cluster.js";
import { wireId, type NetworkName, type NodeName } from "../../model/names.js";
import {
  SOCKADDR_IN6,
  encodeSocketAddress,
  isSameSocketAddress,
  socketAddressText,
} from "../../os/linux/socket-address.js";
import { errnoName } from "../../os/linux/system-call-error.js";
import { UdpSocket } from "../../os/linux/udp-socket.js";
import { ANY_DEVICE, NetworkDevices } from "../network-devices.js";

/** An address that is not there yet (no carrier, duplicate address detection) is tried again this often. */
const REVIEW_INTERVAL: Duration = milliseconds(200);

/** One network, as this node is attached to it. */
interface Attachment {
  readonly network: NetworkName;
  readonly id: number;
  readonly address: string;
  readonly port: number;
  /** By wire id of the peer. */
  readonly destinations: ReadonlyMap<number, Uint8Array>;
  readonly peers: readonly IpAddress[];
  socket: UdpSocket | undefined;
  failure: Failure | undefined;
  /** The number of the interface that the socket sends through. */
  device: number;
  /** Why it does not send through the one that it should. */
  misdirected: Failure | undefined;
  /** Of the present period: whether anything was sent, and the last refusal. */
  sent: boolean;
  refusedAs: number;
}

export interface NetworkChange {
  readonly network: NetworkName;
  readonly failure: Failure | undefined;
}

const ADDRESS_GONE = "This machine lost that address: compare the configuration with `ip address`.";
const NO_ROUTE = "The link is down or the subnet has no route: look at `ip link` and `ip route`.";
/** What usually is behind a refusal; EINVAL and EADDRNOTAVAIL are IPv4's and IPv6's word for a source that is gone. */
const SEND_ADVICE: Readonly<Record<string, string>> = {
  EINVAL: ADDRESS_GONE,
  EADDRNOTAVAIL: ADDRESS_GONE,
  ENETUNREACH: NO_ROUTE,
  EHOSTUNREACH: NO_ROUTE,
  ENETDOWN: NO_ROUTE,
  EPERM: "This machine's own packet filter refuses them: look at `nft list ruleset`.",
};

/** Takes a datagram in a buffer that is overwritten by the next one. */
export type Receiver = (network: number, packet: Uint8Array) => void;

/** Room for one byte more than a heartbeat, so that a longer datagram is seen to be none. */
const DATAGRAM_SIZE = 2_048;
/**
 * Datagrams read from a socket at a time, so that a flood keeps nobody from being judged or told that this node lives.
 * No socket buffer holds more ({@link UdpSocket} asks for a megabyte, of which the smallest datagram takes 768 bytes),
 * so that all that had arrived before is among them.
 */
const DRAIN_MAX = 2_048;

/**
 * The UDP sockets of a node: one on each of its networks, bound to its own address there, so that what is sent on a
 * network comes from its address, and leaving through the interface with that address, so that it passes that network
 * alone. A socket that cannot be opened is tried again; what does not work is told as a change.
 */
export class HeartbeatSockets {
  #attachments: readonly Attachment[] = [];
  #fds: readonly number[] = [];
  #changes: NetworkChange[] = [];
  #reviewAt: Instant;
  readonly #buffer = new Uint8Array(DATAGRAM_SIZE);
  /** Of the datagram in the buffer: who sent it, and where it arrived. */
  readonly #source = new Uint8Array(SOCKADDR_IN6);
  #arrival: Attachment | undefined;
  readonly #devices = new NetworkDevices();

  constructor(now: Instant) {
    this.#reviewAt = after(now, REVIEW_INTERVAL);
  }

  /** Closes what is no longer configured, keeps the rest, opens what is new. */
  configure(cluster: Cluster, self: NodeName): void {
    const before = new Map(this.#attachments.map((attachment) => [keyOf(attachment), attachment]));
    this.#attachments = attachmentsOf(cluster, self).map((attachment) => adopt(attachment, before));
    for (const attachment of before.values()) this.#close(attachment);
    this.#openMissing();
  }

  #close(attachment: Attachment): void {
    attachment.socket?.close();
    this.#judge(attachment, undefined);
  }

  /** The open descriptors: the same array until they change. */
  get fds(): readonly number[] {
    return this.#fds;
  }

  /** Now and then tries again to open what could not be opened, and judges by what was sent since. */
  review(now: Instant): void {
    // An address that went to another interface takes its heartbeats along, before a peer misses any.
    if (this.#devices.review()) this.#directAll();
    if (now < this.#reviewAt) return;
    this.#reviewAt = after(now, REVIEW_INTERVAL);
    for (const attachment of this.#attachments) this.#reviewSending(attachment);
    if (this.#fds.length <= this.#attachments.length) this.#openMissing();
  }

  /** A network fails when nothing leaves: a single destination without a route is no failure of this node's. */
  #reviewSending(attachment: Attachment): void {
    if (attachment.sent) this.#judge(attachment, attachment.misdirected);
    else if (attachment.refusedAs !== 0) this.#judge(attachment, sendFailure(attachment, attachment.refusedAs));
    attachment.sent = false;
    attachment.refusedAs = 0;
  }

  #openMissing(): void {
    for (const attachment of this.#attachments) {
      if (attachment.socket === undefined) this.#judge(attachment, open(attachment));
    }
    this.#directAll();
    this.#fds = [
      ...this.#attachments.flatMap(({ socket }) => (socket === undefined ? [] : [socket.fd])),
      this.#devices.fd,
    ];
  }

  #directAll(): void {
    for (const attachment of this.#attachments) {
      const { socket, address, peers } = attachment;
      if (socket !== undefined) direct(attachment, socket, this.#devices.deviceOf(address, peers));
    }
  }

  #judge(attachment: Attachment, failure: Failure | undefined): void {
    if (attachment.failure?.message === failure?.message) return;
    attachment.failure = failure;
    this.#changes.push({ network: attachment.network, failure });
  }

  send(network: number, peer: number, packet: Uint8Array): void {
    const attachment = this.#attachments.find(({ id }) => id === network);
    const destination = attachment?.destinations.get(peer);
    if (attachment?.socket === undefined || destination === undefined) return;
    const answer = attachment.socket.send(packet, packet.length, destination);
    if (answer < 0) attachment.refusedAs = -answer;
    else attachment.sent = true;
  }

  /** Hands over everything that arrived before this call. */
  drain(receive: Receiver): void {
    for (const attachment of this.#attachments) {
      const { id, socket } = attachment;
      if (socket === undefined) continue;
      this.#arrival = attachment;
      for (let count = 0; count < DRAIN_MAX; count += 1) {
        const length = socket.receive(this.#buffer, this.#source);
        if (length < 0) break;
        receive(id, this.#buffer.subarray(0, Math.min(length, DATAGRAM_SIZE)));
      }
    }
  }

  /** Whether the datagram that is being handed over came from the peer's address and port on the network it came by. */
  cameFrom(peer: number): boolean {
    const address = this.#arrival?.destinations.get(peer);
    return address !== undefined && isSameSocketAddress(address, this.#source);
  }

  /** The way of a packet, for somebody else to send it. */
  route(network: number, peer: number): { readonly from: string; readonly to: string; readonly port: number } {
    const attachment = known(
      this.#attachments.find(({ id }) => id === network),
      "heartbeats go over networks of this node",
    );
    const destination = known(attachment.destinations.get(peer), "heartbeats go to nodes on the same network");
    return { from: attachment.address, to: socketAddressText(destination), port: attachment.port };
  }

  takeChanges(): readonly NetworkChange[] {
    const changes = this.#changes;
    if (changes.length > 0) this.#changes = [];
    return changes;
  }

  close(): void {
    for (const attachment of this.#attachments) {
      attachment.socket?.close();
      attachment.socket = undefined;
    }
    this.#devices.close();
  }
}

const keyOf = ({ network, address, port }: Attachment): string => `${network} ${address} ${port}`;

function adopt(attachment: Attachment, before: Map<string, Attachment>): Attachment {
  const predecessor = before.get(keyOf(attachment));
  before.delete(keyOf(attachment));
  if (predecessor === undefined) return attachment;
  const { socket, failure, device, misdirected } = predecessor;
  return { ...attachment, socket, failure, device, misdirected };
}

function open(attachment: Attachment): Failure | undefined {
  try {
    attachment.socket = new UdpSocket(attachment.address, attachment.port);
    attachment.device = ANY_DEVICE;
    return undefined;
  } catch (error) {
    if (error instanceof LocumError) return error.failure;
    throw error;
  }
}

/** Where the kernel refuses, heartbeats are better off on any way than on none. */
function direct(attachment: Attachment, socket: UdpSocket, device: number): void {
  if (attachment.device === device && attachment.misdirected === undefined) return;
  const answer = socket.sendThrough(device);
  attachment.misdirected = answer < 0 ? directionFailure(attachment, -answer) : undefined;
  if (answer < 0) socket.sendThrough(ANY_DEVICE);
  attachment.device = answer < 0 ? ANY_DEVICE : device;
}

function directionFailure({ network, address }: Attachment, errno: number): Failure {
  const name = errnoName(errno);
  return {
    code: "heartbeat.direct-failed",
    message: `Cannot keep heartbeats of network ${network} on the interface with ${address}: setsockopt answers ${name}`,
    fields: { network, address, errno: name },
  };
}

function sendFailure({ network, address }: Attachment, errno: number): Failure {
  const name = errnoName(errno);
  const advice = SEND_ADVICE[name];
  return {
    code: "heartbeat.send-failed",
    message: `Cannot send heartbeats from ${address} on network ${network}: sendto answers ${name}`,
    ...(advice === undefined ? {} : { advice }),
    fields: { network, address, errno: name },
  };
}

function attachmentsOf(cluster: Cluster, self: NodeName): readonly Attachment[] {
  const own = known(
    cluster.nodes.find((node) => node.name === self),
    "this node is in the configuration",
  );
  return own.networks.map(({ network, address }) => ({
    network,
    id: wireId(network),
    address,
    port: cluster.port,
    destinations: new Map(cluster.nodes.flatMap((node) => destinationOf(node, network, cluster.port))),
    peers: cluster.nodes.flatMap((node) => addressOf(node, network) ?? []),
    socket: undefined,
    failure: undefined,
    device: ANY_DEVICE,
    misdirected: undefined,
    sent: false,
    refusedAs: 0,
  }));
}

function destinationOf(
  node: NodeConfig,
  network: NetworkName,
  port: number,
): readonly (readonly [number, Uint8Array])[] {
  const address = addressOf(node, network);
  return address === undefined ? [] : [[wireId(node.name), encodeSocketAddress(address, port)]];
}

function addressOf(node: NodeConfig, network: NetworkName): IpAddress | undefined {
  const text = node.networks.find((attached) => attached.network === network)?.address;
  if (text === undefined) return undefined;
  return known(parseIpAddress(text), "the configuration has addresses in canonical form");
}
