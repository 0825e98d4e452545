import { existsSync } from "node:fs";
import { known } from "../../base/assert.js";
import { familyOf, parseIpAddress } from "../../base/ip-address.js";
import { after, type Duration, type Instant, seconds } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";
import { readAddresses, readLink, removeAddresses } from "../../os/linux/addresses.js";
import { interfaceIndex } from "../../os/linux/interface-lookup.js";
import { bind, bootClock, close, getsockname, sendto, socket } from "../../os/linux/libc.js";
import { NETLINK, NetlinkSocket } from "../../os/linux/netlink-socket.js";
import { clearMadeRules, isMadePlace, removeMadeAddress } from "../../os/linux/made-interfaces.js";
import { clearHostRoutes } from "../../os/linux/host-routes.js";
import { peekExit } from "../../os/linux/orphans.js";
import { clearPeerMacs } from "../../os/linux/peer-macs.js";
import { sleep } from "../../os/linux/sleep.js";
import { encodeSocketAddress, SOCKADDR_IN } from "../../os/linux/socket-address.js";
import { AF, SOCK } from "../../os/linux/socket-options.js";
import type { GuardHands, Removal } from "./guard-duty.js";
import type { Goodbye } from "./guard-protocol.js";
import {
  type Dismissal,
  dismissRecorded,
  forgetRecorded,
  killRecorded,
  programsOf,
  readProgramRecord,
  type RecordedItem,
} from "../programs/program-record.js";
import { programRecordFile } from "../programs/program-protocol.js";

/** A datagram may be lost, and a goodbye has no answer that could tell. */
const GOODBYE_ROUNDS = 2;
/** The address is no longer there: what was wanted. */
const ALREADY_GONE: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "ENODEV"]);
const REHEARSALS = 20;
/** The loopback interface always has the first number. */
const LOOPBACK = 1;
/** On no interface: there is never one of that name. */
const NOWHERE: PlacedAddress = { interface: "", address: "192.0.2.1", family: 4, prefixLength: 24 };

/**
 * Killed processes are gone in milliseconds; units and resources take their time. Two that write the same data are worse than
 * an outage, but whatever else the agent held waits for the goodbye too.
 */
const PROGRAMS_WAIT: Duration = seconds(2);
const TIDY_MS_MAX = 100;
const POLL_MS = 5;

/** Where no agent keeps its socket. */
const NO_PLACE = "/dev/null/agent.sock";

/** The number that no interface has. */
const NO_LINK = 0;

/** An address, and the number of its interface when it was to be guarded. */
interface GuardedAddress {
  readonly placed: PlacedAddress;
  readonly linkIndex: number;
}

interface Letter {
  readonly fd: number;
  readonly destination: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The guard's hands on a real machine. */
export class GuardKernel implements GuardHands {
  readonly #netlink = new NetlinkSocket(NETLINK.route);
  readonly #lookup: number = socket(AF.inet, SOCK.datagram | SOCK.cloexec, 0);
  #addresses: readonly GuardedAddress[] = [];
  #letters: readonly Letter[] = [];
  #routes: readonly string[] = [];
  /** Sending sockets by own address. */
  readonly #outlets = new Map<string, number>();
  readonly #socketPath: string;

  /** @param socketPath the agent's socket, beside which the program host keeps its record. */
  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  clock(): Instant {
    return bootClock();
  }

  guard(addresses: readonly PlacedAddress[]): void {
    const indices = new Map<string, number>();
    for (const { interface: name } of addresses) if (!indices.has(name)) indices.set(name, this.#linkIndex(name));
    this.#addresses = addresses.map((placed) => ({ placed, linkIndex: indices.get(placed.interface) ?? NO_LINK }));
  }

  /**
   * Since the address was put on its interface, that may have got another name, or been made anew with another number:
   * it is taken off wherever either leads.
   */
  removeAll(): Removal {
    const plain = this.#addresses.filter(({ placed }) => !isMadePlace(placed));
    const places = plain.flatMap(({ placed, linkIndex }) => {
      const indices = new Set([linkIndex, this.#linkIndex(placed.interface)]);
      return [...indices].map((index) => ({ ...placed, linkIndex: index }));
    });
    const answers = removeAddresses(this.#netlink, places);
    const removed: string[] = [];
    const failed: { address: string; code: string }[] = [];
    for (const [at, { address }] of places.entries()) {
      const answer = known(answers[at], "every removal has an answer");
      if (answer.ok) removed.push(address);
      else if (!ALREADY_GONE.has(answer.problem.code)) failed.push({ address, code: answer.problem.code });
    }
    for (const { placed } of this.#addresses) {
      if (!isMadePlace(placed)) continue;
      const problem = removeMadeAddress(this.#netlink, placed);
      if (problem === undefined) removed.push(placed.address);
      else if (!ALREADY_GONE.has(problem.code)) failed.push({ address: placed.address, code: problem.code });
    }
    return { removed, failed };
  }

  hasPrograms(): boolean {
    return existsSync(programRecordFile(this.#socketPath));
  }

  /** The program host does the same when the agent is gone, unless it went with it. */
  endPrograms(): readonly string[] {
    return endRecorded(readProgramRecord(this.#socketPath));
  }

  /** What was killed leaves nothing behind, as far as that can be seen to in the moment that is left. */
  tidyPrograms(): void {
    for (let waited = 0; waited < TIDY_MS_MAX && this.hasPrograms(); waited += POLL_MS) {
      if (forgetRecorded(this.#socketPath)) return;
      sleep(POLL_MS);
    }
  }

  prepareGoodbyes(goodbyes: readonly Goodbye[]): void {
    for (const fd of this.#outlets.values()) close(fd);
    this.#outlets.clear();
    this.#letters = goodbyes.map(({ from, to, port, base64 }) => ({
      fd: this.#outlet(from),
      destination: socketAddress(to, port),
      bytes: Buffer.from(base64, "base64"),
    }));
  }

  sendGoodbyes(): number {
    let sent = 0;
    for (let round = 0; round < GOODBYE_ROUNDS; round += 1) {
      for (const { fd, destination, bytes } of this.#letters) {
        if (sendto(fd, bytes, bytes.length, destination) === bytes.length) sent += 1;
      }
    }
    return sent;
  }

  /** Nothing is received any more without the addresses; what is left would only puzzle who finds it. */
  clearIdentities(): void {
    clearPeerMacs();
    clearMadeRules(this.#netlink);
  }

  guardRoutes(addresses: readonly string[]): void {
    this.#routes = addresses;
  }

  clearRoutes(): void {
    clearHostRoutes(this.#netlink, this.#routes);
  }

  /**
   * Walks the whole way of a firing with what changes nothing, so that code and pages are ready when it matters:
   * removals from an interface that there is not, and datagrams from a socket to itself.
   */
  rehearse(): void {
    const fd = socket(AF.inet, SOCK.datagram | SOCK.cloexec | SOCK.nonblock, 0);
    const own = new Uint8Array(SOCKADDR_IN);
    bind(fd, socketAddress("127.0.0.1", 0));
    getsockname(fd, own);
    this.#letters = [{ fd, destination: own, bytes: new Uint8Array(1) }];
    this.guard([NOWHERE]);
    for (let round = 0; round < REHEARSALS; round += 1) {
      this.removeAll();
      endRecorded(readProgramRecord(NO_PLACE));
      this.sendGoodbyes();
      readLink(this.#netlink, LOOPBACK);
      readAddresses(this.#netlink, LOOPBACK);
    }
    close(fd);
    this.#addresses = [];
    this.#letters = [];
  }

  #linkIndex(name: string): number {
    return Math.max(NO_LINK, interfaceIndex(this.#lookup, name));
  }

  #outlet(from: string): number {
    const present = this.#outlets.get(from);
    if (present !== undefined) return present;
    const fd = socket(familyOf(from) === 6 ? AF.inet6 : AF.inet, SOCK.datagram | SOCK.cloexec | SOCK.nonblock, 0);
    // Without its own address, the kernel chooses one by its routes: better than no goodbye.
    bind(fd, socketAddress(from, 0));
    this.#outlets.set(from, fd);
    return fd;
  }
}

/** Without a return to Node's own loop, which would take the dismissing processes away. */
function endRecorded(items: readonly RecordedItem[]): readonly string[] {
  killRecorded(items);
  const dismissals = dismissRecorded(items);
  const until = after(bootClock(), PROGRAMS_WAIT);
  let left = leftOf(items, dismissals);
  while (left.length > 0 && bootClock() < until) {
    sleep(POLL_MS);
    // What was born in the moment of the kill was not hit.
    killRecorded(items);
    left = leftOf(items, dismissals);
  }
  return left;
}

function leftOf(items: readonly RecordedItem[], dismissals: readonly Dismissal[]): readonly string[] {
  const processes = items.filter(({ kind }) => kind === "group" || kind === "mark");
  const asked = dismissals.filter(({ pid }) => !hasSucceeded(pid)).map(({ item }) => item);
  const names = [...processes, ...asked].flatMap(programsOf).map(({ service, program }) => `${program} of ${service}`);
  return [...new Set(names)];
}

function hasSucceeded(pid: number | undefined): boolean {
  const exit = pid === undefined ? undefined : peekExit(pid);
  return exit?.kind === "status" && exit.status === 0;
}

const socketAddress = (text: string, port: number): Uint8Array =>
  encodeSocketAddress(known(parseIpAddress(text), "addresses in a goodbye are canonical"), port);
