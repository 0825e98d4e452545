import { known } from "../../base/assert.js";
import { canonicalIpAddress, parseIpAddress } from "../../base/ip-address.js";
import { after, type Instant, milliseconds } from "../../base/time.js";
import { arpFilter, neighbourFilter } from "../../wire/announcement-filter.js";
import { decodeArp } from "../../wire/arp.js";
import { accept, type BpfInstruction, encodeBpf, reject } from "../../wire/classic-bpf.js";
import { decodeNeighbourMessage } from "../../wire/ndisc.js";
import { interfaceName } from "./interface-lookup.js";
import { attachFilter, bind, close, recvfrom } from "./libc.js";
import { openSocket } from "./open-socket.js";
import { encodeLinkAddress, linkIndexOf, senderMac, SOCKADDR_LL } from "./socket-address.js";
import { AF, MSG, SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

const ETHERTYPE = { arp: 0x0806, ipv6: 0x86dd } as const;
const PACKET_MAX = 2048;
const DATAGRAMS_PER_DRAIN = 256;
/** A rival that shouts without end is reported no more often than this. */
const REPEAT_GAP = milliseconds(50);
const REMEMBERED_MAX = 1024;

/** A station of a link that says that it has an address. */
export interface Announcement {
  readonly interface: string;
  readonly address: string;
  readonly mac: string;
}

/**
 * Hears on all interfaces which stations say that they have certain addresses: by ARP, gratuitous or not, and by
 * neighbour advertisements and solicitations. What this machine itself sends it does not hear.
 */
export class AnnouncementListener {
  readonly #arp: number;
  readonly #neighbours: number;
  readonly #buffer = new Uint8Array(PACKET_MAX);
  readonly #sender = new Uint8Array(SOCKADDR_LL);
  readonly #reported = new Map<string, Instant>();
  #addresses: ReadonlySet<string> = new Set();

  /** Hears nothing yet. @throws {SystemCallError} without CAP_NET_RAW. */
  constructor() {
    this.#arp = openDeaf(ETHERTYPE.arp);
    this.#neighbours = openDeaf(ETHERTYPE.ipv6);
  }

  fds(): readonly number[] {
    return [this.#arp, this.#neighbours];
  }

  /** Listens for these addresses, and no others, from now on. */
  listenFor(addresses: readonly string[]): void {
    this.#addresses = new Set(addresses.map((address) => canonicalIpAddress(address) ?? address));
    const bytes = addresses.map((address) => known(parseIpAddress(address), "service addresses are canonical").bytes);
    listen(this.#arp, arpFilter(bytes));
    listen(this.#neighbours, neighbourFilter(bytes));
  }

  /** Takes what has come on one of {@link fds}. */
  drain(fd: number, now: Instant): readonly Announcement[] {
    const heard: Announcement[] = [];
    for (let datagrams = 0; datagrams < DATAGRAMS_PER_DRAIN; datagrams += 1) {
      const length = recvfrom(fd, this.#buffer, MSG.dontWait, this.#sender);
      if (length < 0) break;
      const announcement = this.#announcementIn(this.#buffer.subarray(0, length), fd === this.#arp);
      if (announcement !== undefined && this.#isNews(announcement, now)) heard.push(announcement);
    }
    return heard;
  }

  close(): void {
    for (const fd of this.fds()) close(fd);
  }

  #announcementIn(packet: Uint8Array, isArp: boolean): Announcement | undefined {
    const claim = isArp ? arpClaim(packet) : neighbourClaim(packet, senderMac(this.#sender));
    if (claim === undefined || !this.#addresses.has(claim.address)) return undefined;
    const name = interfaceName(this.#arp, linkIndexOf(this.#sender));
    return name === undefined ? undefined : { interface: name, ...claim };
  }

  #isNews(announcement: Announcement, now: Instant): boolean {
    const key = `${announcement.interface} ${announcement.address} ${announcement.mac}`;
    const last = this.#reported.get(key);
    if (last !== undefined && now < after(last, REPEAT_GAP)) return false;
    if (this.#reported.size >= REMEMBERED_MAX) this.#reported.clear();
    this.#reported.set(key, now);
    return true;
  }
}

type Claim = Omit<Announcement, "interface">;

function arpClaim(packet: Uint8Array): Claim | undefined {
  const arp = decodeArp(packet);
  return arp === undefined ? undefined : { address: arp.senderAddress, mac: arp.senderMac };
}

/** An advertisement claims its target, a solicitation the address that it comes from. */
function neighbourClaim(packet: Uint8Array, sender: string | undefined): Claim | undefined {
  const message = decodeNeighbourMessage(packet);
  const mac = message?.mac ?? sender;
  if (message === undefined || mac === undefined) return undefined;
  return { address: message.kind === "advertisement" ? message.target : message.source, mac };
}

/** A socket for all interfaces that takes no packet until it is told which. */
function openDeaf(etherType: number): number {
  const purpose = "hear who announces the service addresses";
  // Protocol 0 until the filter stands, lest packets slip in before it.
  const kind = { domain: AF.packet, type: SOCK.datagram | SOCK.nonblock, protocol: 0 };
  return openSocket(kind, purpose, (fd) => {
    checked(attachFilter(fd, encodeBpf([reject])), "setsockopt", purpose);
    checked(bind(fd, encodeLinkAddress({ linkIndex: 0, etherType, mac: new Uint8Array() })), "bind", purpose);
  });
}

function listen(fd: number, program: readonly BpfInstruction[]): void {
  // A program that is too long for this kernel's limits is done without: the reader compares every packet anyway.
  if (attachFilter(fd, encodeBpf(program)) < 0) {
    checked(attachFilter(fd, encodeBpf([accept])), "setsockopt", "hear who announces the service addresses");
  }
}
