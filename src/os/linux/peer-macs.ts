import { known } from "../../base/assert.js";
import { parseIpAddress } from "../../base/ip-address.js";
import { ok, refused, type Result } from "../../base/result.js";
import type { PeerMac, StationMac } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import { parseMac } from "../../wire/mac-address.js";
import {
  addIngressChain,
  addPacketTypeRule,
  addTable,
  beginBatch,
  deleteChain,
  deleteTable,
  endBatch,
  flushChain,
  type FrameMatch,
  PACKET_TYPE_HOST,
} from "../../wire/nftables.js";
import { learningFrame } from "../../wire/rarp.js";
import { interfaceIndex } from "./interface-lookup.js";
import { close, sendto, setsockopt, socket } from "./libc.js";
import { type Answer, NETLINK, NetlinkSocket } from "./netlink-socket.js";
import { encodeLinkAddress } from "./socket-address.js";
import { AF, LEVEL, SOCK } from "./socket-options.js";
import { errnoName, SystemCallError } from "./system-call-error.js";

/** The one table that is ours; family `netdev`. */
const TABLE = "locum";
const PACKET = { addMembership: 1, dropMembership: 2 } as const;
const PACKET_MR_UNICAST = 3;
/*
 * struct packet_mreq (linux/if_packet.h): 0 interface i32  4 type u16  6 address length u16  8 address (8)
 */
const PACKET_MREQ = 16;

/*
 * Where in a frame an address of ours stands: after 6 bytes of receiver, 6 of sender and 2 of type, IPv4 has its receiver
 * at 16, ARP the address that is asked for at 24, IPv6 its receiver at 24.
 */
const RECEIVER_OFFSET = 0;
const TYPE_OFFSET = 12;
const PLACES = {
  4: [
    { type: Uint8Array.of(0x08, 0x00), offset: 16 },
    { type: Uint8Array.of(0x08, 0x06), offset: 24 },
  ],
  6: [{ type: Uint8Array.of(0x86, 0xdd), offset: 24 }],
} as const;

interface Sockets {
  readonly netfilter: NetlinkSocket;
  /** The one that the memberships belong to. */
  readonly packet: number;
}

interface Membership {
  /** By whose number the chain is called: the interface may have another name, or be another one, by the time of the end. */
  readonly linkIndex: number;
  /** The addresses that the rules let in, as one text. */
  readonly addresses: string;
}

/**
 * Receives frames that were sent to a failed peer's MAC, so that clients are served whose caches still name it (TK-4).
 * The interface lets the frames in by a packet socket's membership, and a rule at its ingress makes the kernel take
 * those for our addresses for its own. Answers leave with our own MAC.
 *
 * Nothing is opened before it is needed: most machines never listen for anybody. The memberships end with the process;
 * the table is deleted by whoever starts next, or by the guard ({@link clearPeerMacs}).
 */
export class PeerMacs {
  #sockets: Sockets | undefined;
  /** By the interface's name and the MAC, as it was asked for. */
  readonly #listening = new Map<string, Membership>();

  /** Begins to receive, or goes on for these addresses in place of others. Nothing is left behind by a refusal. */
  listen(peer: PeerMac): StepProblem | undefined {
    return this.#withSockets((sockets) => {
      const linkIndex = interfaceIndex(sockets.packet, peer.interface);
      if (linkIndex < 0) return this.#refuse(peer, interfaceMissing(peer, linkIndex));
      const chain = chainName(linkIndex, peer.mac);
      const addresses = peer.addresses.join(" ");
      const before = this.#listening.get(keyOf(peer));
      if (before?.addresses === addresses && before.linkIndex === linkIndex) return undefined;
      const rules = transact(sockets, ingressRules(chain, peer));
      if (!rules.ok) return this.#refuse(peer, rules.problem);
      this.#listening.set(keyOf(peer), { linkIndex, addresses });
      const isMember = before?.linkIndex === linkIndex;
      const joined = isMember ? 0 : member(sockets, PACKET.addMembership, linkIndex, peer.mac);
      if (joined >= 0) return undefined;
      const code = errnoName(-joined);
      return this.#refuse(peer, { code, message: `${peer.interface} does not take a second MAC: ${code}` });
    });
  }

  /** Who is refused has nothing to end: what was received for other addresses before ends too. */
  #refuse(peer: PeerMac, problem: StepProblem): StepProblem {
    this.stop(peer);
    return problem;
  }

  /** Ends it, by the name that the interface had when it began; what is not received is no error. */
  stop(station: StationMac): StepProblem | undefined {
    const found = this.#listening.get(keyOf(station));
    if (this.#sockets === undefined || found === undefined) return undefined;
    this.#listening.delete(keyOf(station));
    member(this.#sockets, PACKET.dropMembership, found.linkIndex, station.mac);
    const isLast = this.#listening.size === 0;
    const chain = chainName(found.linkIndex, station.mac);
    const deletion = isLast ? deleteTable(TABLE) : deleteChain({ table: TABLE, chain });
    return problemOfDeletion(transact(this.#sockets, [deletion]));
  }

  /** Lets the switches on the link learn that frames for a MAC go to this machine. */
  show({ interface: name, mac }: StationMac): StepProblem | undefined {
    return this.#withSockets(({ packet }) => {
      const linkIndex = interfaceIndex(packet, name);
      if (linkIndex < 0) return interfaceMissing({ interface: name }, linkIndex);
      const frame = learningFrame(bytesOf(mac));
      const sent = sendto(
        packet,
        frame,
        frame.length,
        encodeLinkAddress({ linkIndex, etherType: 0, mac: frame.slice(0, 6) }),
      );
      return sent < 0 ? { code: errnoName(-sent), message: `${name} does not send: ${errnoName(-sent)}` } : undefined;
    });
  }

  /** Ends all of it. */
  close(): void {
    if (this.#sockets === undefined) return;
    if (this.#listening.size > 0) transact(this.#sockets, [deleteTable(TABLE)]);
    this.#listening.clear();
    close(this.#sockets.packet);
    this.#sockets.netfilter.close();
    this.#sockets = undefined;
  }

  #withSockets(act: (sockets: Sockets) => StepProblem | undefined): StepProblem | undefined {
    const opened = this.#sockets === undefined ? openSockets() : ok(this.#sockets);
    if (!opened.ok) return opened.problem;
    this.#sockets = opened.value;
    return act(opened.value);
  }
}

/** Deletes the rules that an earlier process left. */
export function clearPeerMacs(): StepProblem | undefined {
  const netfilter = openNetfilter();
  if (!netfilter.ok) return undefined;
  const answer = netfilter.value.transact(beginBatch(), [deleteTable(TABLE)], endBatch());
  netfilter.value.close();
  return problemOfDeletion(answer);
}

/** What is not there, or was never possible here, needs no deletion. */
const problemOfDeletion = (answer: Answer): StepProblem | undefined =>
  answer.ok || NOTHING_THERE.has(answer.problem.code) ? undefined : answer.problem;

const NOTHING_THERE: ReadonlySet<string> = new Set(["ENOENT", "EOPNOTSUPP", "EPROTONOSUPPORT"]);

function openSockets(): Result<Sockets, StepProblem> {
  const netfilter = openNetfilter();
  if (!netfilter.ok) return netfilter;
  // Protocol 0: the socket itself never receives anything.
  const packet = socket(AF.packet, SOCK.raw | SOCK.cloexec | SOCK.nonblock, 0);
  if (packet >= 0) return ok({ netfilter: netfilter.value, packet });
  netfilter.value.close();
  return refused({ code: errnoName(-packet), message: `no packet socket: ${errnoName(-packet)}` });
}

function openNetfilter(): Result<NetlinkSocket, StepProblem> {
  try {
    return ok(new NetlinkSocket(NETLINK.netfilter));
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    return refused({ code: errnoName(error.errno), message: "the kernel has no packet filters" });
  }
}

const transact = ({ netfilter }: Sockets, orders: readonly Uint8Array[]): Answer =>
  netfilter.transact(beginBatch(), orders, endBatch());

function member({ packet }: Sockets, operation: number, linkIndex: number, mac: string): number {
  const request = new Uint8Array(PACKET_MREQ);
  const view = new DataView(request.buffer);
  const address = bytesOf(mac);
  view.setInt32(0, linkIndex, true);
  view.setUint16(4, PACKET_MR_UNICAST, true);
  view.setUint16(6, address.length, true);
  request.set(address, 8);
  return setsockopt(packet, LEVEL.packet, operation, request);
}

const interfaceMissing = ({ interface: name }: Pick<StationMac, "interface">, answer: number): StepProblem => ({
  code: errnoName(-answer),
  message: `there is no interface ${name}`,
});

/** In one transaction: no frame meets the chain between its old rules and its new ones. */
const ingressRules = (chain: string, peer: PeerMac): readonly Uint8Array[] => [
  addTable(TABLE),
  addIngressChain({ table: TABLE, chain }, peer.interface),
  flushChain({ table: TABLE, chain }),
  ...rulesOf(peer).map((matches) => addPacketTypeRule({ table: TABLE, chain }, matches, PACKET_TYPE_HOST)),
];

const keyOf = ({ interface: name, mac }: StationMac): string => `${name} ${mac}`;

const chainName = (index: number, mac: string): string => `listen_${index}_${mac.replaceAll(":", "")}`;

function rulesOf({ mac, addresses }: PeerMac): readonly (readonly FrameMatch[])[] {
  const receiver: FrameMatch = { header: "link", offset: RECEIVER_OFFSET, bytes: bytesOf(mac) };
  return addresses.flatMap((text) => {
    const { family, bytes } = known(parseIpAddress(text), "service addresses are canonical");
    return PLACES[family].map(({ type, offset }): readonly FrameMatch[] => [
      receiver,
      { header: "link", offset: TYPE_OFFSET, bytes: type },
      { header: "network", offset, bytes },
    ]);
  });
}

const bytesOf = (mac: string): Uint8Array => known(parseMac(mac), "MACs are read from kernels");
