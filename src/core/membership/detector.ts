/*
 * Decides which nodes are alive, and who hears whom on which network, for the node's other decisions.
 *
 * Every node sends a heartbeat to every other over every network, each interval. A peer of which there is no sign of
 * life for the timeout is silent: neither a packet on any network, nor the word of another living peer that it heard
 * one. What makes a packet a sign of life is said in peer-session.ts, the peer's states in peer-life.ts.
 *
 * Being slow oneself is not the peer's death. So a verdict is given only on a tick, whose `now` was read *before* the
 * sockets were emptied: whatever had arrived by then has been handled. And when the tick comes late, the lateness is
 * credited to every peer; after a stall of a whole timeout everybody starts afresh.
 *
 * It does not choose what follows from a death, measures no service, and knows nothing of addresses or encryption.
 */
import { known, unreachable } from "../../base/assert.js";
import type { Deadline, Machine } from "../../base/machine.js";
import { earliest, seconds, type Duration, type Instant } from "../../base/time.js";
import {
  FINAL_SEQUENCE,
  NOT_HEARD,
  NOT_JUDGED,
  NOT_LATELY,
  type Bulletin,
  type BulletinPage,
  type DetectorReport,
  type Heartbeat,
  type HeartbeatEcho,
  type PacketRefusal,
} from "../../model/heartbeat.js";
import { paginate } from "./bulletin-pages.js";
import type { DetectorSettings } from "./detector-settings.js";
import { HearingMap } from "./hearing-map.js";
import { OwnStall } from "./own-stall.js";
import { Peer } from "./peer.js";
import type { PeerLink } from "./peer-link.js";
import { RefusalTally } from "./refusal-tally.js";
import { SendSchedule } from "./send-schedule.js";

export type DetectorInput =
  /** `network`: the one on whose socket it arrived. The `now` given with it is the time of arrival. */
  | { readonly kind: "packet-received"; readonly network: number; readonly heartbeat: Heartbeat }
  /** The codec could make nothing of a packet; `sender` is 0 when it claims to come from no node of the cluster. */
  | {
      readonly kind: "packet-refused";
      readonly refusal: PacketRefusal;
      readonly sender: number;
      readonly fromItsAddress: boolean;
    }
  /** `urgent`: the others shall know at once, not with the next round. */
  | { readonly kind: "bulletin-published"; readonly bulletin: Bulletin; readonly urgent: boolean }
  /** Only when everything that had arrived before this `now` has been handled: verdicts rely on it. */
  | { readonly kind: "ticked" }
  | { readonly kind: "reconfigured"; readonly settings: DetectorSettings }
  /** This node ends: it says goodbye, and nothing after that. */
  | { readonly kind: "departure-decided" };

export type DetectorEffect =
  | { readonly kind: "send-heartbeat"; readonly heartbeat: Heartbeat }
  | { readonly kind: "report"; readonly report: DetectorReport };

const WRAP = 2 ** 32;
/** A credit that covers any silence. */
const AFRESH: Duration = seconds(1e9);
const NO_BULLETIN: Bulletin = { version: 0, stateDigest: 0, claims: [] };

export class Detector implements Machine<DetectorInput, DetectorEffect> {
  #settings: DetectorSettings;
  /** By wire id, in the sorted order of names. */
  #peers: ReadonlyMap<number, Peer> = new Map();
  /** Every peer on every network that both are attached to, in the sorted order of names. */
  #destinations: readonly (readonly [Peer, PeerLink])[] = [];
  #map: HearingMap;
  readonly #schedule: SendSchedule;
  readonly #stall = new OwnStall();
  readonly #refusals = new RefusalTally();
  #bulletin: Bulletin = NO_BULLETIN;
  #pages: readonly BulletinPage[];
  #nextPage = 0;
  #sequence = 0;
  #finalSequence = FINAL_SEQUENCE;
  #leaving = false;
  #isOutdated = false;
  #effects: DetectorEffect[] = [];

  constructor(settings: DetectorSettings, now: Instant) {
    this.#settings = settings;
    this.#map = new HearingMap(settings);
    this.#schedule = new SendSchedule(settings.interval, now);
    this.#pages = paginate(NO_BULLETIN, settings.claimsPerPage);
    this.#configure(settings, now);
  }

  handle(now: Instant, input: DetectorInput): readonly DetectorEffect[] {
    this.#effects = [];
    switch (input.kind) {
      case "packet-received":
        this.#receive(now, input.network, input.heartbeat);
        break;
      case "packet-refused":
        this.#refusals.add(input.refusal, input.sender, input.fromItsAddress);
        break;
      case "bulletin-published":
        this.#publish(now, input.bulletin, input.urgent);
        break;
      case "ticked":
        this.#tick(now);
        break;
      case "reconfigured":
        this.#configure(input.settings, now);
        break;
      case "departure-decided":
        this.#depart(now);
        break;
      default:
        unreachable(input);
    }
    return this.#effects;
  }

  deadline(): Deadline | undefined {
    const sendAt = this.#schedule.next;
    const verdictAt = this.#leaving ? undefined : this.#verdictAt();
    if (verdictAt === undefined) return sendAt === undefined ? undefined : { at: sendAt, why: "send" };
    return sendAt === undefined || verdictAt < sendAt ? { at: verdictAt, why: "judge" } : { at: sendAt, why: "send" };
  }

  /**
   * A goodbye to every peer on every network, to be sealed now and sent by the guard when this process is gone. Ends
   * this incarnation for those who hear it.
   */
  prepareGoodbyes(now: Instant): readonly Heartbeat[] {
    const page = known(this.#pages[0], "a bulletin has a page");
    const content = { ...this.#content(now, page), goodbye: true };
    return this.#destinations.map(([peer, link]) => this.#heartbeat(peer, link, content));
  }

  #receive(now: Instant, network: number, heartbeat: Heartbeat): void {
    const peer = this.#peers.get(heartbeat.sender);
    if (this.#leaving || peer === undefined) return;
    const link = peer.link(network);
    if (heartbeat.addressee !== this.#settings.self) return this.#refusals.add("wrong-addressee", peer.id);
    if (link === undefined || heartbeat.network !== network) return this.#refusals.add("wrong-network", peer.id);
    const admission = peer.session.admit(heartbeat);
    switch (admission) {
      case "begun":
        return this.#begin(now, peer, link, heartbeat);
      case "answered":
        // Its bulletin was reported as that of an unanswered peer, and counts from now on.
        peer.assembly.reset();
        return this.#accept(now, peer, link, heartbeat);
      case "continued":
        return this.#accept(now, peer, link, heartbeat);
      case "repeated":
        return undefined;
      default:
        return this.#refusals.add(admission, peer.id);
    }
  }

  /** The first packet of a session: answered at once, so that the two believe in each other after one round trip. */
  #begin(now: Instant, peer: Peer, link: PeerLink, heartbeat: Heartbeat): void {
    peer.assembly.reset();
    this.#accept(now, peer, link, heartbeat, true);
    if (peer.session.ended) return;
    this.#send(peer, link, this.#content(now, this.#page()));
  }

  #accept(now: Instant, peer: Peer, link: PeerLink, heartbeat: Heartbeat, begun = false): void {
    link.receive(now, heartbeat);
    this.#compareIncarnations(heartbeat);
    if (!peer.session.answered) this.#report(peer.life.hearUnanswered(now, begun));
    // A goodbye is no sign of life: it may be the guard's, of an agent that has been silent for long.
    else if (!peer.session.ended) this.#acceptAnswered(now, peer, link, heartbeat);
    this.#readBulletin(peer, heartbeat);
    if (peer.session.ended && peer.session.answered) this.#seeOff(now, peer);
  }

  /**
   * A node whose state was lost while its clock was set back begins with an incarnation that its peers take for an old
   * one. They echo the one they know; a recording can do no more than name one that existed, which is no harm to exceed.
   */
  #compareIncarnations({ echo }: Heartbeat): void {
    if (this.#isOutdated || echo === undefined || echo.incarnation <= this.#settings.incarnation) return;
    this.#isOutdated = true;
    this.#report({ kind: "own-incarnation-outdated", incarnation: echo.incarnation });
  }

  #seeOff(now: Instant, peer: Peer): void {
    this.#report(peer.life.leave(now, peer.session.incarnation));
    this.#map.forget(this.#indexOf(peer));
  }

  #acceptAnswered(now: Instant, peer: Peer, link: PeerLink, heartbeat: Heartbeat): void {
    this.#report(peer.life.showSign(now, heartbeat.incarnation));
    if (link.hear(now)) this.#reportHearing(this.#settings.self, peer.id, link.network, true);
    if (peer.describe(heartbeat)) this.#reportDescription(heartbeat);
    this.#measureRoundTrip(now, peer, link, heartbeat);
    if (peer.session.isNewest(heartbeat)) this.#readHears(now, peer, heartbeat);
  }

  #measureRoundTrip(now: Instant, peer: Peer, link: PeerLink, { echo }: Heartbeat): void {
    if (echo?.incarnation !== this.#settings.incarnation) return;
    const roundTrip = link.roundTrip.measure(now, echo);
    if (roundTrip === undefined) return;
    this.#report({ kind: "round-trip-measured", peer: peer.id, network: link.network, roundTrip });
  }

  #readBulletin(peer: Peer, heartbeat: Heartbeat): void {
    const bulletin = peer.assembly.add(heartbeat.bulletin);
    if (bulletin === undefined) return;
    const { sender, incarnation } = heartbeat;
    this.#report({ kind: "bulletin-heard", peer: sender, incarnation, answered: peer.session.answered, bulletin });
  }

  /** What a living peer hears is a sign of life of those whom it hears. */
  #readHears(now: Instant, observer: Peer, { hears, topologyDigest }: Heartbeat): void {
    if (topologyDigest !== this.#settings.topologyDigest || !this.#map.fits(hears)) return;
    const { nodes, networks } = this.#settings;
    const index = this.#indexOf(observer);
    for (const { subject, network, heard } of this.#map.observe(index, hears)) {
      this.#reportHearing(observer.id, subject, network, heard);
    }
    for (let row = 0; row < nodes.length - 1; row += 1) {
      const subject = this.#peers.get(nodes[row < index ? row : row + 1]?.id ?? 0);
      if (subject !== undefined) this.#relaySign(now, subject, freshest(hears, row * networks.length, networks.length));
    }
  }

  #relaySign(now: Instant, subject: Peer, age: number): void {
    if (age >= NOT_JUDGED) return;
    const at = (now - age * 1_000) as Instant;
    this.#report(subject.life.showReportedSign(now, at, subject.session.livingIncarnation));
  }

  #tick(now: Instant): void {
    this.#creditOwnStall(now);
    if (!this.#leaving) for (const peer of this.#peers.values()) this.#judge(now, peer);
    this.#sendDue(now);
    this.#report(this.#stall.takeDue(now));
    for (const report of this.#refusals.takeDue(now)) this.#report(report);
  }

  #creditOwnStall(now: Instant): void {
    const { interval, timeout } = this.#settings;
    const lateness = this.#stall.notice(now, this.#schedule.next, interval);
    if (lateness === undefined) return;
    const away = lateness < timeout ? lateness : AFRESH;
    for (const peer of this.#peers.values()) peer.credit(away, now);
  }

  #indexOf(peer: Peer): number {
    return this.#settings.nodes.findIndex(({ id }) => id === peer.id);
  }

  #judge(now: Instant, peer: Peer): void {
    const { self, timeout } = this.#settings;
    for (const link of peer.links) {
      if (link?.judge(now, timeout) === true) this.#reportHearing(self, peer.id, link.network, false);
    }
    const verdict = peer.life.judge(now);
    if (verdict === undefined) return;
    this.#report(verdict);
    this.#map.forget(this.#indexOf(peer));
    // When it is back, what it claims is said anew, be it the same: nobody can know that without hearing it.
    if (verdict.kind === "peer-silent") peer.assembly.reset();
  }

  #publish(now: Instant, bulletin: Bulletin, urgent: boolean): void {
    this.#bulletin = bulletin;
    this.#pages = paginate(bulletin, this.#settings.claimsPerPage);
    this.#nextPage = 0;
    if (!urgent || this.#leaving) return;
    this.#sendAll(now, this.#pages);
    this.#schedule.repeatAfter(now);
  }

  #depart(now: Instant): void {
    this.#leaving = true;
    this.#schedule.stop();
    this.#sendAll(now, this.#pages);
    this.#schedule.repeatAfter(now);
  }

  #sendDue(now: Instant): void {
    const due = this.#schedule.takeDue(now);
    if (due === "urgent") this.#sendAll(now, this.#pages);
    if (due !== "regular") return;
    this.#sendAll(now, [this.#page()]);
    this.#nextPage = (this.#nextPage + 1) % this.#pages.length;
  }

  #sendAll(now: Instant, pages: readonly BulletinPage[]): void {
    for (const page of pages) {
      const content = this.#content(now, page);
      for (const [peer, link] of this.#destinations) this.#send(peer, link, content);
    }
  }

  #send(peer: Peer, link: PeerLink, content: Content): void {
    this.#effects.push({ kind: "send-heartbeat", heartbeat: this.#heartbeat(peer, link, content) });
  }

  #page(): BulletinPage {
    return known(this.#pages[this.#nextPage], "the next page is one of the bulletin's");
  }

  #content(now: Instant, page: BulletinPage): Content {
    return { now, bulletin: page, hears: this.#ages(now), goodbye: this.#leaving };
  }

  #heartbeat(peer: Peer, link: PeerLink, { now, bulletin, hears, goodbye }: Content): Heartbeat {
    const { self, incarnation, versions, configDigest, topologyDigest } = this.#settings;
    return {
      sender: self,
      incarnation,
      sequence: goodbye ? this.#takeFinalSequence() : this.#takeSequence(),
      kind: goodbye ? "goodbye" : "alive",
      addressee: peer.id,
      network: link.network,
      sentAt: now % WRAP,
      echo: goodbye ? undefined : (link.echo(now) ?? echoOf(peer)),
      versions,
      configDigest,
      topologyDigest,
      hears,
      bulletin,
    };
  }

  #takeSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  #takeFinalSequence(): number {
    this.#finalSequence += 1;
    return this.#finalSequence;
  }

  #ages(now: Instant): Uint16Array {
    const width = this.#settings.networks.length;
    const ages = new Uint16Array(this.#peers.size * width).fill(NOT_HEARD);
    let place = 0;
    for (const peer of this.#peers.values()) {
      for (let network = 0; network < width; network += 1) {
        ages[place] = peer.age(network, now, this.#settings.timeout);
        place += 1;
      }
    }
    return ages;
  }

  #verdictAt(): Instant | undefined {
    let next: Instant | undefined;
    for (const peer of this.#peers.values()) {
      const at = peer.verdictAt(this.#settings.timeout);
      if (at !== undefined) next = next === undefined ? at : earliest(next, at);
    }
    return next;
  }

  /** Keeps what is known of the nodes that remain. */
  #configure(settings: DetectorSettings, now: Instant): void {
    if (settings.topologyDigest !== this.#settings.topologyDigest) this.#map = new HearingMap(settings);
    this.#settings = settings;
    this.#schedule.changeInterval(settings.interval, now);
    const others = settings.nodes.filter(({ id }) => id !== settings.self);
    this.#peers = new Map(others.map(({ id }) => [id, this.#peers.get(id) ?? new Peer(id, settings, now)]));
    for (const peer of this.#peers.values()) peer.configure(settings, now);
    this.#destinations = [...this.#peers.values()].flatMap((peer) =>
      peer.links.flatMap((link) => (link === undefined ? [] : [[peer, link] as const])),
    );
    this.#pages = paginate(this.#bulletin, settings.claimsPerPage);
    this.#nextPage = 0;
  }

  #reportHearing(observer: number, subject: number, network: number, heard: boolean): void {
    this.#report({ kind: "hearing-changed", observer, subject, network, heard });
  }

  #reportDescription({ sender, configDigest, topologyDigest, versions }: Heartbeat): void {
    this.#report({ kind: "peer-described", peer: sender, configDigest, topologyDigest, versions });
  }

  #report(report: DetectorReport | undefined): void {
    if (report !== undefined) this.#effects.push({ kind: "report", report });
  }
}

/** Names the newest incarnation of a peer that was not heard lately, on no other account than that it may be fresh. */
const echoOf = ({ session }: Peer): HeartbeatEcho | undefined =>
  session.incarnation === 0 ? undefined : { incarnation: session.incarnation, sentAt: 0, heldFor: NOT_LATELY };

/** What the packets of one round have in common. */
interface Content {
  readonly now: Instant;
  readonly bulletin: BulletinPage;
  readonly hears: Uint16Array;
  readonly goodbye: boolean;
}

function freshest(hears: Uint16Array, from: number, count: number): number {
  let age = NOT_HEARD;
  for (let pair = from; pair < from + count; pair += 1) age = Math.min(age, hears[pair] ?? NOT_HEARD);
  return age;
}
