/**
 * What this node knows of every other: alive or not, what it says it holds, its full state, who hears whom.
 *
 * It takes the detector's reports and the peers' states as they come, and what peers pass on of each other (relay.ts),
 * and keeps the newest of each by incarnation and version; everything of an older incarnation is void. It decides no
 * moves: that is the services' part (services/).
 */
import { type Duration, type Instant, after, earliest, seconds } from "../../base/time.js";
import type { Bulletin, ClaimBrief, DetectorReport, RelayedBulletin } from "../../model/heartbeat.js";
import { type NetworkName, type NodeName, type ServiceName, wireId } from "../../model/names.js";
import type { Mover } from "../../model/mover.js";
import type { HoldCondition, MoveReason, NodeState, Tenure } from "../../model/node-state.js";
import type { Note } from "../../model/note.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { NetworkMap } from "./network-map.js";
import type { Roster } from "./roster.js";

export type PeerCondition = "unknown" | "up" | "down" | "leaving";

export interface Peer {
  readonly name: NodeName;
  condition: PeerCondition;
  since: Instant;
  /** It is down because its agent died and its guard spoke for it. */
  crashed: boolean;
  /** 0 until the peer was heard, or somebody passed on what it says. */
  incarnation: number;
  /** Its packets come, but it answered none of ours. */
  unanswered: boolean;
  /** Whether a bulletin of its incarnation was heard, or passed on, since this node was last away. */
  bulletinHeard: boolean;
  /** Whether one was, since the peer was last silent: what is known of its claims may be older otherwise. */
  hasSpoken: boolean;
  /** The newest of those. */
  bulletin: Bulletin | undefined;
  /** What its bulletin says, by the wire id of the service. */
  claims: ReadonlyMap<number, ClaimBrief>;
  state: NodeState | undefined;
  stateReceived: Instant;
  /** What its run before had, while it has not sent the state of its present one. */
  former: Pick<Peer, "claims" | "state"> | undefined;
  /** When it said so first; undefined: it is not drained, or was when it was first heard. */
  drainedSince: Instant | undefined;
  /** Set while the peer has not sent a later state since it was down: what its bulletin said of `state` before. */
  digestBefore: number | undefined;
  /** Since when it has held what it says it holds; from the states of its run. */
  tenures: ReadonlyMap<ServiceName, HeardTenure>;
  /** What keeps the peer from holding a service, in its own judgement; from `state`. */
  fitness: ReadonlyMap<ServiceName, readonly UnfitReason[]>;
  versions: { readonly min: number; readonly max: number } | undefined;
  /** By its own packets. */
  configDigest: number | undefined;
  /** As it was passed on by others. */
  relayedConfigDigest: number | undefined;
  /** Microseconds, by network. */
  readonly roundTrips: Map<NetworkName, number>;
}

/** A peer's own account of its hold on a service, on this node's clock. */
export interface HeardTenure {
  readonly epoch: number;
  readonly since: Instant;
  readonly reason: MoveReason;
  readonly condition?: HoldCondition;
}

interface HeardBulletin {
  readonly incarnation: number;
  readonly bulletin: Bulletin;
  /** It is what the peer says now, rather than what it may have said before this node was away. */
  readonly isPresent: boolean;
}

/** A claim of a service by a node that may be alive. */
export interface HeardClaim {
  readonly peer: NodeName;
  readonly claim: ClaimBrief;
  /** False when the peer goes by another configuration file than this node. */
  readonly sameFile: boolean;
}

export class Membership {
  readonly map: NetworkMap = new NetworkMap();
  #roster: Roster;
  #peers: Map<NodeName, Peer>;
  #topology = 0;
  /** See `catchesUp`. */
  #catchesUpUntil: Instant | undefined;
  /** By the wire id of the service, as put together since the last report. */
  #claims: ReadonlyMap<number, readonly HeardClaim[]> | undefined;

  constructor(now: Instant, roster: Roster) {
    this.#roster = roster;
    this.#peers = new Map(roster.peers.map((name) => [name, newPeer(now, name)]));
  }

  peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  peer(name: NodeName): Peer | undefined {
    return this.#peers.get(name);
  }

  /** Peers that this node takes to be alive and on speaking terms. */
  livePeers(): readonly Peer[] {
    return [...this.#peers.values()].filter((peer) => peer.condition === "up");
  }

  /**
   * Whether this node may still be reading what its peers sent while it was away itself: what they said of it then is
   * true no more.
   */
  catchesUp(now: Instant): boolean {
    return this.caughtUpAt(now) !== undefined;
  }

  /** When that is over; undefined: it is not so now. */
  caughtUpAt(now: Instant): Instant | undefined {
    const until = this.#catchesUpUntil;
    return until !== undefined && now < until ? until : undefined;
  }

  /** Whether it is one of these. */
  isUp(name: NodeName): boolean {
    return this.#peers.get(name)?.condition === "up";
  }

  /** Another number whenever who is up, or who hears whom, may have changed. */
  get topology(): number {
    return this.#topology;
  }

  /** Whether it is known what the peer claims: where it claims what another holds, epochs decide. */
  speaks(name: NodeName): boolean {
    const peer = this.#peers.get(name);
    return peer !== undefined && (peer.condition === "up" || peer.unanswered) && peer.bulletinHeard;
  }

  /** The peer that has an interface with this MAC, by the last that it said of itself. */
  ownerOf(mac: string): Peer | undefined {
    return [...this.#peers.values()].find((peer) => peer.state?.interfaces.some((each) => each.mac === mac) === true);
  }

  /** Whose order it is, or was, that the peer gives a service away which it holds with that epoch; undefined: it has not said. */
  moverOf(name: NodeName, service: ServiceName, epoch: number): Mover | undefined {
    const moves = this.#peers.get(name)?.state?.moves ?? [];
    return moves.find((move) => move.service === service && move.epoch === epoch)?.by;
  }

  /** Whether this node itself hears the peer, on any network. */
  hears(name: NodeName): boolean {
    const { self, networks } = this.#roster;
    return networks.some((network) => this.map.hears({ observer: self, subject: name, network }));
  }

  /** Whether a peer is back, says that its state is another, and has not sent it yet: the one that is known is old. */
  isStateOld(name: NodeName): boolean {
    const peer = this.#peers.get(name);
    if (peer?.digestBefore === undefined) return false;
    return peer.condition === "up" && peer.bulletin?.stateDigest !== peer.digestBefore;
  }

  /** Whether what is known of a peer's claims is newer than its last silence. */
  hasSpoken(name: NodeName): boolean {
    return this.#peers.get(name)?.hasSpoken === true;
  }

  /** The digest of the file that a peer goes by: its own word counts, as long as it is heard. */
  configDigestOf(peer: Peer): number | undefined {
    return this.hears(peer.name) ? peer.configDigest : (peer.relayedConfigDigest ?? peer.configDigest);
  }

  /** Whether a peer goes by the same file as this node, as far as it has said. */
  sharesFile(peer: Peer): boolean {
    const digest = this.configDigestOf(peer);
    return digest === undefined || digest === this.#roster.configDigest;
  }

  /** Whether it is known of a node that it goes by the same file as this one. */
  goesByOwnFile(name: NodeName): boolean {
    const peer = this.#peers.get(name);
    return peer !== undefined && this.configDigestOf(peer) === this.#roster.configDigest;
  }

  /** What was said of a service by every node that may be alive, in the order of the nodes' names. */
  claimsOf(service: ServiceName): readonly HeardClaim[] {
    this.#claims ??= this.#claimsByService();
    return this.#claims.get(wireId(service)) ?? NO_CLAIMS;
  }

  #claimsByService(): ReadonlyMap<number, readonly HeardClaim[]> {
    const heard = new Map<number, HeardClaim[]>();
    for (const peer of this.#peers.values()) {
      if (peer.condition !== "up" && !peer.unanswered) continue;
      const sameFile = this.sharesFile(peer);
      for (const [id, claim] of peer.claims) {
        const others = heard.get(id);
        if (others === undefined) heard.set(id, [{ peer: peer.name, claim, sameFile }]);
        else others.push({ peer: peer.name, claim, sameFile });
      }
    }
    return heard;
  }

  /** Whether it is clear of every peer what it holds and what it can. */
  get complete(): boolean {
    return [...this.#peers.values()].every(isKnown);
  }

  /** Whether it is clear of every peer that may be alive. */
  get completeAmongLive(): boolean {
    return [...this.#peers.values()].every((peer) => isAbsent(peer) || isKnown(peer));
  }

  /** Those that are up and have not said since then what they claim. */
  unspoken(): readonly Peer[] {
    return this.livePeers().filter(({ hasSpoken }) => !hasSpoken);
  }

  /** After an absence of this node: what peers said before may be out of date. */
  doubtBulletins(): void {
    for (const peer of this.#peers.values()) peer.bulletinHeard = false;
  }

  /**
   * Takes a report in; the notes say what changed. Reports about nodes of no configuration are left out.
   *
   * @param paused nobody lets go of anything then, so that a goodbye of a holder is no sign of a crash
   */
  report(now: Instant, report: DetectorReport, paused = false): readonly Note[] {
    this.#claims = undefined;
    if (TOUCHES_TOPOLOGY.has(report.kind)) this.#topology += 1;
    if (report.kind === "own-incarnation-outdated") return [];
    if (report.kind === "own-stall-noticed") {
      this.#catchesUpUntil = after(now, shorter(report.lateness, CATCH_UP_MAX));
      return [{ code: "agent.stalled", lateness: report.lateness }];
    }
    if (report.kind === "hearing-changed") return this.#hearing(report);
    if (report.kind === "packets-refused") {
      const { refusal, count } = report;
      return [{ code: "packets.refused", refusal, sender: this.#roster.node(report.sender), count }];
    }
    const name = this.#roster.node(report.peer);
    const peer = name === undefined ? undefined : this.#peers.get(name);
    return peer === undefined ? [] : this.#reportOf(now, peer, report, paused);
  }

  /** Takes in a peer's bulletin as another node passed it on; false when it says nothing new. */
  relayed(by: NodeName, { node, incarnation, configDigest, bulletin }: RelayedBulletin): boolean {
    const peer = this.#peers.get(node);
    if (peer === undefined || isOld(incarnation, bulletin, peer)) return false;
    const teller = this.#peers.get(by);
    const isNews = peer.relayedConfigDigest !== configDigest;
    peer.relayedConfigDigest = configDigest;
    this.#claims = undefined;
    // What lay in a stream while this node was away does not end its doubts: only who was heard since can do that.
    const isPresent = teller !== undefined && isKnown(teller);
    return this.#takeBulletin(peer, { incarnation, bulletin, isPresent }) || isNews;
  }

  /** Takes a peer's full state in, from itself or passed on; false when a newer one, or this one, is known. */
  setState(now: Instant, name: NodeName, state: NodeState): boolean {
    const peer = this.#peers.get(name);
    if (peer === undefined || state.incarnation < peer.incarnation) return false;
    const isNew = isNewer(state, peer.state);
    // What is known already may have been on its way for less time: its ages are then nearer to the truth.
    if (!isNew && !isSame(state, peer.state)) return false;
    peer.tenures = new Map(state.tenures.map((each) => [each.service, heardTenure(now, each, peer)]));
    if (!isNew) return false;
    if (state.drained !== peer.state?.drained) {
      peer.drainedSince = state.drained && peer.state !== undefined ? now : undefined;
    }
    peer.state = state;
    peer.digestBefore = undefined;
    peer.stateReceived = now;
    peer.former = undefined;
    peer.fitness = new Map(state.fitness.map((each) => [each.service, each.reasons]));
    return true;
  }

  /** Goes on with the nodes of another configuration; what is known of those that stay, stays. */
  reconfigure(now: Instant, roster: Roster): void {
    this.#roster = roster;
    this.#topology += 1;
    this.#claims = undefined;
    this.#peers = new Map(roster.peers.map((name) => [name, this.#peers.get(name) ?? newPeer(now, name)]));
  }

  #reportOf(now: Instant, peer: Peer, report: PeerReport, paused: boolean): readonly Note[] {
    switch (report.kind) {
      case "peer-heard":
        return this.#heard(now, peer, report.incarnation);
      case "peer-silent":
        return this.#silent(now, peer, report);
      case "peer-said-goodbye":
        return this.#left(now, peer, report.incarnation, paused);
      case "peer-unanswered":
        peer.unanswered = true;
        return [{ code: "node.unanswered", node: peer.name }];
      case "bulletin-heard":
        this.#takeBulletin(peer, { ...report, isPresent: true });
        return [];
      case "peer-described":
        peer.versions = report.versions;
        peer.configDigest = report.configDigest;
        return [];
      case "round-trip-measured": {
        const network = this.#roster.network(report.network);
        if (network !== undefined) peer.roundTrips.set(network, report.roundTrip);
        return [];
      }
    }
  }

  /** Keeps the newest, whichever way it came; false when that is known already. */
  #takeBulletin(peer: Peer, { incarnation, bulletin, isPresent }: HeardBulletin): boolean {
    if (isOld(incarnation, bulletin, peer)) return false;
    this.#newIncarnation(peer, incarnation);
    const endsDoubt = isPresent && !peer.bulletinHeard;
    const isNews = endsDoubt || bulletin.version > (peer.bulletin?.version ?? -1);
    peer.bulletinHeard ||= isPresent;
    peer.hasSpoken ||= isPresent;
    peer.bulletin = bulletin;
    peer.claims = new Map(bulletin.claims.map((claim) => [claim.service, claim]));
    return isNews;
  }

  #heard(now: Instant, peer: Peer, incarnation: number): readonly Note[] {
    peer.unanswered = false;
    if (incarnation !== 0) this.#newIncarnation(peer, incarnation);
    if (peer.condition === "up") return [];
    peer.crashed = false;
    become(peer, "up", now);
    return [{ code: "node.up", node: peer.name, incarnation }];
  }

  #silent(now: Instant, peer: Peer, report: PeerReport & { kind: "peer-silent" }): readonly Note[] {
    peer.unanswered = false;
    peer.hasSpoken = false;
    const wasUp = peer.condition === "up";
    if (peer.condition !== "down") become(peer, "down", now);
    if (wasUp) peer.digestBefore ??= peer.bulletin?.stateDigest;
    return wasUp ? [{ code: "node.down", node: peer.name, silence: report.silence }] : [];
  }

  #left(now: Instant, peer: Peer, incarnation: number, paused: boolean): readonly Note[] {
    if (incarnation < peer.incarnation || isAbsent(peer)) return [];
    peer.unanswered = false;
    peer.hasSpoken = false;
    peer.crashed = !paused && [...peer.claims.values()].some(({ state }) => state === "holding");
    become(peer, peer.crashed ? "down" : "leaving", now);
    return [{ code: peer.crashed ? "node.crashed" : "node.left", node: peer.name }];
  }

  #newIncarnation(peer: Peer, incarnation: number): void {
    if (incarnation <= peer.incarnation) return;
    const { claims, state } = peer;
    if (state !== undefined && state.incarnation !== incarnation) peer.former = { claims, state };
    peer.incarnation = incarnation;
    peer.bulletinHeard = false;
    peer.bulletin = undefined;
    peer.claims = new Map();
    if (peer.state === undefined || peer.state.incarnation === incarnation) return;
    peer.state = undefined;
    peer.tenures = new Map();
  }

  #hearing(report: DetectorReport & { kind: "hearing-changed" }): readonly Note[] {
    const observer = this.#roster.node(report.observer);
    const subject = this.#roster.node(report.subject);
    const network = this.#roster.network(report.network);
    if (observer === undefined || subject === undefined || network === undefined) return [];
    this.map.set({ observer, subject, network }, report.heard);
    if (!report.heard && observer === this.#roster.self) this.#peers.get(subject)?.roundTrips.delete(network);
    return [];
  }
}

/** What lies in sockets is read by then, however long this node was away. */
const CATCH_UP_MAX: Duration = seconds(10);

const shorter = (a: Duration, b: Duration): Duration => (a < b ? a : b);

const NO_CLAIMS: readonly HeardClaim[] = [];

/** Reports after which another node may be up or not, or heard or not. */
const TOUCHES_TOPOLOGY: ReadonlySet<DetectorReport["kind"]> = new Set([
  "peer-heard",
  "peer-silent",
  "peer-said-goodbye",
  "hearing-changed",
]);

function isNewer(state: NodeState, before: NodeState | undefined): boolean {
  if (before === undefined || state.incarnation !== before.incarnation) {
    return state.incarnation > (before?.incarnation ?? -1);
  }
  // Recordings of earlier programs have no version: each counts as newer than the one before.
  return !(state.version <= before.version);
}

const isSame = (state: NodeState, before: NodeState | undefined): boolean =>
  state.incarnation === before?.incarnation && state.version === before.version;

/** Whether a bulletin is older than the one that is known. */
const isOld = (incarnation: number, { version }: Bulletin, peer: Peer): boolean =>
  incarnation < peer.incarnation || (incarnation === peer.incarnation && version < (peer.bulletin?.version ?? -1));

const isKnown = (peer: Peer): boolean => peer.condition === "up" && peer.state !== undefined && peer.bulletinHeard;
const isAbsent = (peer: Peer): boolean => peer.condition === "down" || peer.condition === "leaving";

type PeerReport = Extract<DetectorReport, { readonly peer: number }>;

const newPeer = (now: Instant, name: NodeName): Peer => ({
  name,
  condition: "unknown",
  since: now,
  crashed: false,
  incarnation: 0,
  unanswered: false,
  bulletinHeard: false,
  hasSpoken: false,
  bulletin: undefined,
  claims: new Map(),
  state: undefined,
  stateReceived: now,
  former: undefined,
  drainedSince: undefined,
  digestBefore: undefined,
  tenures: new Map(),
  fitness: new Map(),
  versions: undefined,
  configDigest: undefined,
  relayedConfigDigest: undefined,
  roundTrips: new Map(),
});

/** What was on its way for a while makes a hold seem shorter than it is, never longer: the earliest account is right. */
function heardTenure(now: Instant, { service, epoch, heldFor, ...said }: Tenure, peer: Peer): HeardTenure {
  const since = after(now, -heldFor as Duration);
  const before = peer.tenures.get(service);
  const { reason, condition } = said;
  const hold = condition === undefined ? { reason } : { reason, condition };
  return { epoch, ...hold, since: before?.epoch === epoch ? earliest(before.since, since) : since };
}

function become(peer: Peer, condition: PeerCondition, now: Instant): void {
  peer.condition = condition;
  peer.since = now;
}
