import { parseIpAddress } from "../../base/ip-address.js";
import { after, type Instant, seconds } from "../../base/time.js";
import { ADVERTISEMENTS, ARP_REPLIES } from "../../wire/answer-filter.js";
import { arpRequest, decodeArp } from "../../wire/arp.js";
import { encodeBpf, reject } from "../../wire/classic-bpf.js";
import { formatMac, MAC_BROADCAST, multicastMac, parseMac } from "../../wire/mac-address.js";
import { decodeNeighbourMessage, neighbourSolicitation, solicitedNodeGroup } from "../../wire/ndisc.js";
import { interfaceMac } from "./interface-lookup.js";
import { attachFilter, bind, close, recvfrom, sendto } from "./libc.js";
import { openSocket } from "./open-socket.js";
import { encodeLinkAddress, isForThisHost, senderMac, SOCKADDR_LL } from "./socket-address.js";
import { AF, MSG, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

const ETHERTYPE = { 4: 0x0806, 6: 0x86dd } as const;
const PACKET_MAX = 1500;
/** More than fit into a socket's default buffer, so that one drain takes everything that waits. */
const DATAGRAMS_PER_DRAIN = 512;
/** So many unanswered questions to the station that answered last, and the question goes to all stations. */
const UNANSWERED_MAX = 2;
/** So many unanswered questions, and they become rare: each wakes every station of the link. */
const UNANSWERED_BEFORE_RESTRAINT = 25;
const RESTRAINT = seconds(1);

/** What is known of a target. */
interface Target {
  /** The station that answered last. */
  station: Uint8Array | undefined;
  isAsked: boolean;
  unanswered: number;
  askedAt: Instant;
}

/**
 * Asks the stations of a link for addresses, by ARP or neighbour solicitation. An answer counts only if it was asked for
 * since the last one, is about the address that was asked, and came to this interface's MAC alone; announcements prove
 * nothing. The station that answered last is asked alone; all are asked while there is none.
 */
export class NeighbourProber {
  readonly fd: number;
  readonly #family: 4 | 6;
  readonly #interface: string;
  readonly #linkIndex: number;
  readonly #buffer = new Uint8Array(PACKET_MAX);
  readonly #sender = new Uint8Array(SOCKADDR_LL);
  /** As many as are asked for: the caller's targets. */
  readonly #targets = new Map<string, Target>();

  /** @throws {SystemCallError} without CAP_NET_RAW, or when the interface is gone. */
  constructor(family: 4 | 6, link: { readonly name: string; readonly index: number }) {
    const purpose = `ask for addresses on ${link.name}`;
    this.#family = family;
    this.#interface = link.name;
    this.#linkIndex = link.index;
    // Protocol 0 until the filter stands, lest packets slip in before it.
    const kind = { domain: AF.packet, type: SOCK.datagram | SOCK.nonblock, protocol: 0 };
    this.fd = openSocket(kind, purpose, (fd) => {
      checked(attachFilter(fd, encodeBpf([reject])), "setsockopt", purpose);
      const place = { linkIndex: link.index, etherType: ETHERTYPE[family], mac: new Uint8Array() };
      checked(bind(fd, encodeLinkAddress(place)), "bind", purpose);
      checked(attachFilter(fd, encodeBpf(family === 4 ? ARP_REPLIES : ADVERTISEMENTS)), "setsockopt", purpose);
    });
  }

  /**
   * Asks for an address; a silent one is asked for only now and then. Answers a negative errno when the question did not
   * leave.
   * @param source an address of this interface's own; IPv4: 0.0.0.0 where it has none.
   */
  send(address: string, source: Uint8Array, now: Instant): number {
    const target = this.#target(address);
    const mac = interfaceMac(this.fd, this.#interface);
    const wanted = parseIpAddress(address);
    if (mac === undefined || wanted === undefined || this.#isRestrained(target, now)) return 0;
    if (target.isAsked) target.unanswered += 1;
    target.isAsked = true;
    target.askedAt = now;
    const station = target.unanswered > UNANSWERED_MAX ? undefined : target.station;
    const packet =
      this.#family === 4
        ? arpRequest(wanted.bytes, mac, source)
        : neighbourSolicitation({ target: wanted.bytes, source, mac, toTarget: station !== undefined });
    const all = this.#family === 4 ? MAC_BROADCAST : multicastMac(solicitedNodeGroup(wanted.bytes));
    const place = { linkIndex: this.#linkIndex, etherType: ETHERTYPE[this.#family], mac: station ?? all };
    return sendto(this.fd, packet, packet.length, encodeLinkAddress(place));
  }

  /** Something changed that may make silent targets answer: they are asked for in every round again. */
  hope(): void {
    for (const target of this.#targets.values()) target.unanswered = 0;
  }

  /** Takes the answers that have come, and tells for which targets. Never waits. */
  drain(): readonly string[] {
    const mac = interfaceMac(this.fd, this.#interface);
    const own = mac === undefined ? undefined : formatMac(mac);
    const answered: string[] = [];
    for (let datagrams = 0; datagrams < DATAGRAMS_PER_DRAIN; datagrams += 1) {
      const length = recvfrom(this.fd, this.#buffer, MSG.dontWait, this.#sender);
      if (length < 0) break;
      const answer = this.#answerIn(this.#buffer.subarray(0, length), own);
      const target = answer === undefined ? undefined : this.#targets.get(answer.address);
      if (answer === undefined || target?.isAsked !== true) continue;
      target.isAsked = false;
      target.unanswered = 0;
      target.station = parseMac(answer.mac);
      answered.push(answer.address);
    }
    return answered;
  }

  close(): void {
    close(this.fd);
  }

  #target(address: string): Target {
    const known = this.#targets.get(address);
    if (known !== undefined) return known;
    const target: Target = { station: undefined, isAsked: false, unanswered: 0, askedAt: 0 as Instant };
    this.#targets.set(address, target);
    return target;
  }

  #isRestrained({ unanswered, askedAt }: Target, now: Instant): boolean {
    return unanswered >= UNANSWERED_BEFORE_RESTRAINT && now < after(askedAt, RESTRAINT);
  }

  #answerIn(
    packet: Uint8Array,
    own: string | undefined,
  ): { readonly address: string; readonly mac: string } | undefined {
    if (!isForThisHost(this.#sender)) return undefined;
    if (this.#family === 4) {
      const arp = decodeArp(packet);
      if (arp === undefined || arp.operation !== "reply" || arp.targetMac !== own) return undefined;
      return { address: arp.senderAddress, mac: arp.senderMac };
    }
    const message = decodeNeighbourMessage(packet);
    if (message === undefined || message.kind !== "advertisement" || !message.solicited) return undefined;
    return { address: message.target, mac: message.mac ?? senderMac(this.#sender) ?? "" };
  }
}
