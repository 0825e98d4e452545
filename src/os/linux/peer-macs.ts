import { known } from "../../base/assert.js";
import { parseIpAddress } from "../../base/ip-address.js";
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
  type FrameMatch,
  PACKET_TYPE_HOST,
} from "../../wire/nftables.js";
import { interfaceIndex } from "./interface-lookup.js";
import { close, setsockopt } from "./libc.js";
import { type Answer, NETLINK, NetlinkSocket } from "./netlink-socket.js";
import { openSocket } from "./open-socket.js";
import { AF, LEVEL, SOCK } from "./socket-options.js";
import { errnoName } from "./system-call-error.js";

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

/** Whose frames are to be received too, where, and for which of our addresses. */
export interface PeerMac {
  readonly interface: string;
  /** `02:00:00:00:00:01` */
  readonly mac: string;
  /** Frames for others are left alone: this machine may forward packets, and must not do that to its peer's. */
  readonly addresses: readonly string[];
}

/**
 * Receives frames that were sent to a failed peer's MAC, so that clients are served whose caches still name it (TK-4).
 * The interface lets the frames in by a packet socket's membership, and a rule at its ingress makes the kernel take
 * those for our addresses for its own. Answers leave with our own MAC.
 *
 * The membership ends with the process; the table is deleted by whoever starts next, or by the guard.
 */
export class PeerMacs {
  readonly #netfilter = new NetlinkSocket(NETLINK.netfilter);
  readonly #memberships: number;
  /** Index of the interface, by the name of the chain. */
  readonly #listening = new Map<string, number>();

  /** @throws {SystemCallError} without CAP_NET_RAW. */
  constructor() {
    // Protocol 0: the socket itself never receives anything.
    const kind = { domain: AF.packet, type: SOCK.datagram | SOCK.nonblock, protocol: 0 };
    this.#memberships = openSocket(kind, "receive frames for a peer's MAC", () => undefined);
  }

  /** Begins to receive; what is received already stays so. Nothing is left behind by a refusal. */
  listen(peer: PeerMac): StepProblem | undefined {
    const index = interfaceIndex(this.#memberships, peer.interface);
    if (index < 0) return { code: errnoName(-index), message: `there is no interface ${peer.interface}` };
    const chain = chainName(index, peer.mac);
    if (this.#listening.has(chain)) return undefined;
    const rules = this.#transact([
      addTable(TABLE),
      addIngressChain({ table: TABLE, chain }, peer.interface),
      ...rulesOf(peer).map((matches) => addPacketTypeRule({ table: TABLE, chain }, matches, PACKET_TYPE_HOST)),
    ]);
    if (!rules.ok) return rules.problem;
    this.#listening.set(chain, index);
    const joined = this.#member(PACKET.addMembership, index, peer.mac);
    if (joined >= 0) return undefined;
    this.stop(peer);
    return { code: errnoName(-joined), message: `${peer.interface} does not take a second MAC: ${errnoName(-joined)}` };
  }

  /** Ends it; what is not received is no error. */
  stop({ interface: name, mac }: Pick<PeerMac, "interface" | "mac">): StepProblem | undefined {
    const found = [...this.#listening].find(([chain, index]) => {
      return chain === chainName(index, mac) && interfaceIndex(this.#memberships, name) === index;
    });
    if (found === undefined) return undefined;
    const [chain, index] = found;
    this.#listening.delete(chain);
    this.#member(PACKET.dropMembership, index, mac);
    const last = this.#listening.size === 0;
    const answer = this.#transact([last ? deleteTable(TABLE) : deleteChain({ table: TABLE, chain })]);
    return answer.ok || answer.problem.code === "ENOENT" ? undefined : answer.problem;
  }

  /** Deletes what an earlier process left. */
  clear(): StepProblem | undefined {
    const answer = this.#transact([deleteTable(TABLE)]);
    return answer.ok || answer.problem.code === "ENOENT" ? undefined : answer.problem;
  }

  close(): void {
    if (this.#listening.size > 0) this.clear();
    close(this.#memberships);
    this.#netfilter.close();
  }

  #transact(orders: readonly Uint8Array[]): Answer {
    return this.#netfilter.transact(beginBatch(), orders, endBatch());
  }

  #member(operation: number, index: number, mac: string): number {
    const request = new Uint8Array(PACKET_MREQ);
    const view = new DataView(request.buffer);
    const address = bytesOf(mac);
    view.setInt32(0, index, true);
    view.setUint16(4, PACKET_MR_UNICAST, true);
    view.setUint16(6, address.length, true);
    request.set(address, 8);
    return setsockopt(this.#memberships, LEVEL.packet, operation, request);
  }
}

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
