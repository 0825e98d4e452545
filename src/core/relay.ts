/**
 * Decides what this node passes on, so that two nodes that hear each other only through it decide as if they did.
 *
 *        subject ────heard by────▶ this node ◀────linked────▶ receiver
 *           └───────────────── heard on no network ──────────────┘
 *
 * Both take each other for alive, because this node says that it hears them (membership/detector.ts), but no bulletin
 * and no state gets from one to the other. So whenever that is how things are, by everybody's own account, this node
 * sends the receiver the subject's newest bulletin and state over the peer stream: once when that has been so for a
 * detection timeout (whoever has just started is heard by all others within that time), again when the stream or the
 * receiver's agent begins anew, and then whenever they change. Several nodes may do so for one pair: the receiver keeps
 * the newest, whoever brings it.
 *
 * Only what this node hears from the subject itself is passed on, never what was passed on to it: whoever is farther
 * away than one node takes the subject for dead, since signs of life go no farther either. Goodbyes are not passed on:
 * without signs of life the subject is silent for the receiver soon enough.
 */
import { type Deadline, soonest } from "../base/machine.js";
import { type Instant, after, between } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { NodeName } from "../model/names.js";
import type { NodeState } from "../model/node-state.js";
import type { RelayedBulletin } from "../model/heartbeat.js";
import { agedState } from "../model/state-age.js";
import type { Effects } from "./effects.js";
import type { Membership, Peer } from "./membership/membership.js";
import type { Roster } from "./membership/roster.js";

/** What the decision is made from; part of what the node knows. */
export interface Surroundings {
  readonly roster: Roster;
  readonly membership: Membership;
  readonly cluster: Cluster;
}

/** What a receiver was sent last of a subject, by what tells one from another. */
interface Told {
  /** The receiver's agent that was told. */
  readonly incarnation: number;
  bulletin: string;
  state: string;
}

/** Somebody who misses a subject. */
interface Receiver {
  readonly peer: Peer;
  /** When this has been so for long enough. */
  readonly from: Instant;
}

/** Who lacks whom: the receivers of each subject. */
type Relations = ReadonlyMap<Peer, readonly Receiver[]>;

export class Relay {
  #relations: Relations = new Map();
  #reviewedAt: Instant | undefined;
  /** The topology that the relations were found in. */
  #topology = -1;
  /** By subject and receiver; none but those that are in relation now. */
  readonly #told = new Map<string, Told>();

  /** A stream began anew: what was sent to the peer before may be lost. */
  connected(peer: NodeName): void {
    for (const key of this.#told.keys()) if (key.endsWith(` ${peer}`)) this.#told.delete(key);
  }

  /** When the next receiver has missed a subject for long enough. */
  deadline(): Deadline | undefined {
    const reviewedAt = this.#reviewedAt;
    if (reviewedAt === undefined || this.#relations.size === 0) return undefined;
    return [...this.#relations.values()]
      .flat()
      .filter(({ from }) => from > reviewedAt)
      .reduce<Deadline | undefined>((first, { from }) => soonest(first, { at: from, why: "relay" }), undefined);
  }

  /** Passes on what is new, to whom it is new. */
  review(now: Instant, { roster, membership, cluster }: Surroundings, effects: Effects): void {
    this.#reviewedAt = now;
    const due = after(now, cluster.detection.timeout);
    if (this.#topology !== membership.topology) this.#relate(due, roster, membership);
    for (const [subject, missing] of this.#relations) {
      const receivers = missing.filter(({ from }) => from <= now).map(({ peer }) => peer);
      const relayed = relayedBulletinOf(subject);
      if (relayed === undefined) continue;
      this.#tellBulletin(subject, receivers, relayed, effects);
      if (subject.state !== undefined) this.#tellState(now, subject, receivers, subject.state, effects);
    }
  }

  /** @param due from when on a relation counts that begins now */
  #relate(due: Instant, roster: Roster, membership: Membership): void {
    this.#topology = membership.topology;
    const keys = new Set<string>();
    const relations = new Map<Peer, readonly Receiver[]>();
    for (const [subject, receivers] of missingIn(roster, membership)) {
      const known = this.#relations.get(subject);
      const since = receivers.map((peer) => ({ peer, from: known?.find((each) => each.peer === peer)?.from ?? due }));
      for (const { peer } of since) keys.add(keyOf(subject, peer));
      relations.set(subject, since);
    }
    this.#relations = relations;
    for (const key of this.#told.keys()) if (!keys.has(key)) this.#told.delete(key);
  }

  #tellBulletin(subject: Peer, receivers: readonly Peer[], relayed: RelayedBulletin, effects: Effects): void {
    const { incarnation, configDigest, bulletin } = relayed;
    const to = this.#news(subject, receivers, "bulletin", `${incarnation} ${bulletin.version} ${configDigest}`);
    if (to.length > 0) effects.push({ kind: "relay-bulletin", to, relayed });
  }

  #tellState(now: Instant, subject: Peer, receivers: readonly Peer[], known: NodeState, effects: Effects): void {
    const to = this.#news(subject, receivers, "state", `${known.incarnation} ${known.version}`);
    if (to.length === 0) return;
    const state = agedState(known, between(subject.stateReceived, now));
    effects.push({ kind: "relay-state", to, state });
  }

  /** To whom it is news; from now on, it is not. */
  #news(subject: Peer, receivers: readonly Peer[], what: "bulletin" | "state", stamp: string): readonly NodeName[] {
    return receivers.flatMap((receiver) => {
      const told = this.#toldTo(subject, receiver);
      if (told[what] === stamp) return [];
      told[what] = stamp;
      return [receiver.name];
    });
  }

  #toldTo(subject: Peer, receiver: Peer): Told {
    const key = keyOf(subject, receiver);
    const { incarnation } = receiver;
    const known = this.#told.get(key);
    if (known?.incarnation === incarnation) return known;
    const told: Told = { incarnation, bulletin: "", state: "" };
    this.#told.set(key, told);
    return told;
  }
}

const keyOf = (subject: Peer, receiver: Peer): string => `${subject.name} ${receiver.name}`;

/** Who misses whom now. */
function missingIn(roster: Roster, membership: Membership): ReadonlyMap<Peer, readonly Peer[]> {
  const { map } = membership;
  const live = membership.livePeers();
  const linked = live.filter(({ name }) => roster.networks.some((network) => map.linked(roster.self, name, network)));
  const missing = new Map<Peer, readonly Peer[]>();
  for (const subject of live.filter(({ name }) => membership.hears(name))) {
    const receivers = linked.filter((peer) => peer !== subject && misses(peer, subject, roster, membership));
    if (receivers.length > 0) missing.set(subject, receivers);
  }
  return missing;
}

/** Whether a peer says of every network where it might hear the other that it does not. */
export function misses(
  { name: observer }: Peer,
  { name: subject }: Peer,
  roster: Roster,
  { map }: Membership,
): boolean {
  return roster.networks.every(
    (network) =>
      !roster.isOn(observer, network) || !roster.isOn(subject, network) || map.misses({ observer, subject, network }),
  );
}

function relayedBulletinOf({ name: node, incarnation, configDigest, bulletin }: Peer): RelayedBulletin | undefined {
  if (bulletin === undefined || configDigest === undefined) return undefined;
  return { node, incarnation, configDigest, bulletin };
}
