/**
 * One service as this node sees it: who holds it, whether this node should, and how it changes hands.
 *
 *                 claim (vacant and first in order, or offered)
 *        standby ----------------------------------------------> holding
 *           ^  ^            outranked, unfit, cut off               |  ^
 *           |  +----------------------------------------------------+  | declined, lapsed
 *           |               outranked by the target                 v  |
 *           +--------------------------------------------------- offering
 *
 * The holder, while it is alive, decides every move: it offers the service to a target and keeps serving until it
 * hears the target's claim, which has the next epoch. Only a service that nobody claims is taken unasked, by the first
 * in the order of placement at once and by each next one a little later. A later epoch always wins; of two equal
 * epochs, the node that comes first in the order of preference (by name, while the two go by different files).
 *
 * Of two holders that do not hear each other, but each other's announcements, the preferred one keeps it (wire-tie.ts).
 *
 * It does not know how nodes are found alive (membership/) nor how an address is kept on an interface (addresses/).
 */
import { known } from "../../base/assert.js";
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, between, milliseconds, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ClaimBrief, HandoverCause } from "../../model/heartbeat.js";
import type { TcpConnection } from "../../model/kernel.js";
import { type NodeName, byName, wireId } from "../../model/names.js";
import type { MoveReason, UnfitReason } from "../../model/node-state.js";
import type { ReleaseReason } from "../../model/note.js";
import type { AddressHolding } from "../addresses/address-holding.js";
import type { Effects } from "../effects.js";
import type { HeardClaim } from "../membership/membership.js";
import { place } from "../placement/place.js";
import { WireTie } from "./wire-tie.js";
import { type Situation, handedOver, isSaidByItself, ownReasons, vacancyReason } from "./situation.js";

/** An offer that is not taken up within this time is withdrawn. */
const OFFER_PATIENCE: Duration = milliseconds(500);
/** A target that declined, or did not answer, is not asked again for this long. */
const DECLINE_MEMORY: Duration = seconds(2);
/** How long a release, or the answer to an offer, stays in the bulletin. */
const WORD_STAYS: Duration = seconds(2);
/** After the kernel refused an address: how long until this node counts as fit again, by refusals in a row. */
const REFUSAL_DELAYS: readonly Duration[] = [1, 2, 5, 10, 30].map(seconds);
const CONNECTIONS_PERIOD: Duration = seconds(2);
/** What a former holder announced just before it let go may be heard for so long. */
const HANDOVER_ECHO: Duration = seconds(1);
/** Tickles are sent twice, since one may be lost. */
const TICKLE_AGAIN: Duration = milliseconds(200);

export interface Holding {
  readonly epoch: number;
  readonly since: Instant;
  readonly reason: MoveReason;
}

type Stance =
  | { readonly kind: "standby" }
  | ({ readonly kind: "holding" } & Holding)
  | ({ readonly kind: "offering"; readonly offer: Offer } & Holding);

interface Offer {
  readonly to: NodeName;
  readonly cause: HandoverCause;
  readonly deadline: Instant;
}

/** Something said once, that stays in the bulletin for a while. */
interface Word {
  readonly brief: ClaimBrief;
  readonly until: Instant;
}

export class Service {
  config: ServiceConfig;
  readonly addresses: AddressHolding;
  readonly tie: WireTie = new WireTie();
  readonly #id: number;
  #stance: Stance = { kind: "standby" };
  #knownEpoch: number;
  #lastHolder: { readonly node: NodeName; readonly epoch: number; readonly since: Instant } | undefined;
  #vacantSince: Instant | undefined;
  #word: Word | undefined;
  /** When all addresses of the present holding were in place. */
  #activeSince: Instant | undefined;
  #refusals = 0;
  #refusedUntil: Instant | undefined;
  readonly #declined = new Map<NodeName, Instant>();
  #better: { readonly node: NodeName; readonly since: Instant } | undefined;
  /** A preferred node that an operator moved the service away from: no failback until it was away. */
  #failbackHeldFor: NodeName | undefined;
  #rival: HeardClaim | undefined;
  /** Took up an offer and is not ready yet: the claim is said only then, so that the other serves until it need not. */
  #isQuiet = false;
  #connections: readonly TcpConnection[] = [];
  #connectionsDue: Instant | undefined;
  #tickleDue: Instant | undefined;

  constructor(config: ServiceConfig, addresses: AddressHolding, knownEpoch: number) {
    this.config = config;
    this.addresses = addresses;
    this.#id = wireId(config.name);
    this.#knownEpoch = knownEpoch;
  }

  get knownEpoch(): number {
    return this.#knownEpoch;
  }

  get holding(): Holding | undefined {
    return this.#stance.kind === "standby" ? undefined : this.#stance;
  }

  get offeredTo(): NodeName | undefined {
    return this.#stance.kind === "offering" ? this.#stance.offer.to : undefined;
  }

  /** Whether this node holds the service and all of its addresses are in place. */
  get active(): boolean {
    return this.#activeSince !== undefined && this.#stance.kind !== "standby";
  }

  /** Whether all addresses have been in place for so long that those of a former holder are gone. */
  isSettled(now: Instant): boolean {
    return this.active && this.#activeSince !== undefined && between(this.#activeSince, now) > HANDOVER_ECHO;
  }

  get lastHolder(): NodeName | undefined {
    return this.#lastHolder?.node;
  }

  /** Who else holds it, by what was heard of it, or else as the wire shows. */
  heldBy(claims: readonly HeardClaim[]): NodeName | undefined {
    return this.strongestRival(claims)?.peer ?? this.tie.left?.to;
  }

  /** When this node heard of a claim first; undefined: not yet. */
  heardSince({ peer, claim }: HeardClaim): Instant | undefined {
    const last = this.#lastHolder;
    return last?.node === peer && last.epoch === claim.epoch ? last.since : undefined;
  }

  /** Since when nobody is known to hold it. */
  get vacantSince(): Instant | undefined {
    return this.#vacantSince;
  }

  /** Somebody said that it was held with this epoch: a claim of this node must be later, whatever became of that one. */
  epochHeard(epoch: number): void {
    this.#knownEpoch = Math.max(this.#knownEpoch, epoch);
  }

  /** What the bulletin says of this service. */
  brief(): ClaimBrief | undefined {
    const stance = this.#stance;
    if (stance.kind === "standby" || this.#isQuiet) return this.#word?.brief;
    const offer = stance.kind === "offering" ? stance.offer : undefined;
    return {
      service: this.#id,
      epoch: stance.epoch,
      state: offer === undefined ? "holding" : "offering",
      target: offer === undefined ? 0 : wireId(offer.to),
      cause: offer?.cause ?? "none",
    };
  }

  /** Why this node is not to be chosen for now, in the service's own experience. */
  experience(now: Instant, node: NodeName, self: NodeName): readonly UnfitReason[] {
    if (node === self) {
      return this.#refusedUntil !== undefined && now < this.#refusedUntil ? [{ code: "address-refused" }] : [];
    }
    const until = this.#declined.get(node);
    return until !== undefined && now < until ? [{ code: "declined" }] : [];
  }

  /** When `tick` is due. */
  upkeepDeadline(): Deadline | undefined {
    const wishes = [dueAt(this.#connectionsDue, "connections"), dueAt(this.#tickleDue, "tickle")];
    return wishes.reduce<Deadline | undefined>(soonest, this.addresses.deadline());
  }

  /** When `decide` is due although nothing was heard. */
  decisionDeadline(): Deadline | undefined {
    const wishes: readonly (Deadline | undefined)[] = [
      dueAt(this.#word?.until, "bulletin"),
      dueAt(this.#refusedUntil, "address-refused"),
      dueAt(this.addresses.calmAt, "address-losses"),
      this.#stance.kind === "offering" ? dueAt(this.#stance.offer.deadline, "offer") : undefined,
      ...[...this.#declined.values()].map((until) => dueAt(until, "declined")),
      this.#wakeUp,
    ];
    return wishes.reduce<Deadline | undefined>(soonest, undefined);
  }

  #wakeUp: Deadline | undefined;

  decide(situation: Situation, effects: Effects): void {
    this.#wakeUp = undefined;
    this.#forget(situation.now);
    this.#learn(situation, effects);
    const rival = this.strongestRival(situation.claims);
    if (this.#stance.kind === "standby") this.#decideStandby(situation, rival, effects);
    else this.#decideHolding(situation, this.#stance, rival, effects);
  }

  /** Offers the service, which this node holds, to another; it goes on serving until the other claims it. */
  offer(now: Instant, to: NodeName, cause: HandoverCause, effects: Effects): void {
    const { epoch, since, reason } = known(this.holding, "only the holder offers");
    const deadline = after(now, OFFER_PATIENCE);
    this.#stance = { kind: "offering", epoch, since, reason, offer: { to, cause, deadline } };
    effects.note({ code: "service.offered", service: this.config.name, epoch, to, cause });
  }

  /** Lets go of the service; `to` shall claim it. */
  release(now: Instant, why: ReleaseReason, to: NodeName | undefined, effects: Effects): void {
    const { epoch } = known(this.holding, "only the holder releases");
    const cause: HandoverCause = why.kind === "stopping" ? "stopping" : "unfit";
    const target = to === undefined ? 0 : wireId(to);
    const brief: ClaimBrief = { service: this.#id, epoch, state: "released", target, cause };
    this.#word = why.kind === "outranked" || this.#isQuiet ? undefined : { brief, until: after(now, WORD_STAYS) };
    this.#standBack();
    this.#vacantSince = now;
    effects.note({ code: "service.released", service: this.config.name, epoch, why });
    // Who shall claim it hears so before the address goes: its claim takes longer than our removal.
    if (to === undefined) this.addresses.drop(effects);
    else effects.afterwards(() => this.addresses.drop(effects));
  }

  /** Lets go of what a preferred peer announces that is not heard, and remembers that it is there. */
  leaveOnWire(now: Instant, to: NodeName, effects: Effects): void {
    const { epoch } = known(this.holding, "only a holder leaves it");
    this.release(now, { kind: "outranked-on-wire", by: to }, undefined, effects);
    this.tie.leave(now, to);
    this.#lastHolder = { node: to, epoch, since: now };
  }

  /** Goes on with another configuration of the service; a holder takes up and drops addresses as it says. */
  reconfigure(config: ServiceConfig, now: Instant, effects: Effects): void {
    this.config = config;
    this.addresses.reconfigure(config);
    this.#takeAnew(now, effects);
  }

  /** Forgets the holding after the guard took the addresses off and said goodbye for this node. */
  fenced(effects: Effects): void {
    if (this.#stance.kind === "standby") return;
    this.#standBack();
    this.addresses.drop(effects);
  }

  /** Takes a vacant service because an operator said so. */
  claimByOrder(situation: Situation, effects: Effects): void {
    const from = this.#lastHolder?.node;
    const reason: MoveReason = from === undefined ? { kind: "operator" } : { kind: "operator", from };
    this.#claim(situation, reason, effects);
  }

  /** The kernel's answer to a step; false when it was not for this service. */
  answer(now: Instant, step: number, problem: Parameters<AddressHolding["answer"]>[2], effects: Effects): boolean {
    const report = this.addresses.answer(now, step, problem, effects);
    if (report === undefined) return false;
    if (report === "done") this.#settle(now, effects);
    else if (this.#stance.kind !== "standby") this.#giveUp(now, report.refused.message, effects);
    return true;
  }

  /** Time passed: whatever of announcements, restoring, tickles and connections is due. */
  tick(now: Instant, effects: Effects): void {
    this.addresses.tick(now, effects, this.#stance.kind === "offering");
    if (this.#stance.kind === "standby") return;
    if (this.#tickleDue !== undefined && this.#tickleDue <= now) {
      this.#tickleDue = undefined;
      this.#tickle(effects);
    }
    if (this.#connectionsDue !== undefined && this.#connectionsDue <= now) {
      this.#connectionsDue = after(now, CONNECTIONS_PERIOD);
      const addresses = this.config.addresses.map((each) => each.address);
      effects.push({ kind: "read-connections", service: this.config.name, addresses });
    }
  }

  /** What this node, as the holder, has for clients; peers are told when it changed. */
  connectionsRead(connections: readonly TcpConnection[], effects: Effects): void {
    if (this.#stance.kind === "standby" || JSON.stringify(connections) === JSON.stringify(this.#connections)) return;
    this.#connections = connections;
    effects.push({ kind: "publish-connections", service: this.config.name, connections });
  }

  /** What the holder said it has for clients. */
  connectionsHeard(connections: readonly TcpConnection[]): void {
    if (this.#stance.kind === "standby") this.#connections = connections;
  }

  #standBack(): void {
    this.#stance = { kind: "standby" };
    this.#isQuiet = false;
    this.#activeSince = undefined;
    this.#connectionsDue = undefined;
    this.#tickleDue = undefined;
  }

  // --- what was heard -------------------------------------------------------------------------------------------

  #forget(now: Instant): void {
    this.addresses.forget(now);
    if (this.#word !== undefined && this.#word.until <= now) this.#word = this.#repeated(this.#word.brief, now);
    if (this.#refusedUntil !== undefined && this.#refusedUntil <= now) this.#refusedUntil = undefined;
    for (const [node, until] of this.#declined) if (until <= now) this.#declined.delete(node);
  }

  /** A peer that did not hear of what this node left to it shall hear of that epoch when they meet. */
  #repeated(brief: ClaimBrief, now: Instant): Word | undefined {
    return this.tie.left === undefined ? undefined : { brief, until: after(now, WORD_STAYS) };
  }

  #learn(situation: Situation, effects: Effects): void {
    for (const { claim } of situation.claims) this.#knownEpoch = Math.max(this.#knownEpoch, claim.epoch);
    const rival = this.strongestRival(situation.claims);
    if (rival === undefined || this.#stance.kind !== "standby") return;
    const before = this.#lastHolder;
    if (before?.node === rival.peer && before.epoch === rival.claim.epoch) return;
    if (before !== undefined && before.epoch > rival.claim.epoch) {
      // What this node itself let go of may be held by one that never heard of its claim.
      if (before.node === situation.self) this.#lastHolder = { ...before, node: rival.peer };
      return;
    }
    this.#lastHolder = { node: rival.peer, epoch: rival.claim.epoch, since: situation.now };
    if (before?.node === rival.peer) return;
    const moved = { epoch: rival.claim.epoch, from: before?.node, to: rival.peer };
    effects.note({ code: "service.moved", service: this.config.name, ...moved });
  }

  /** The claim that this service is held by, of all that were heard of it. */
  strongestRival(claims: readonly HeardClaim[]): HeardClaim | undefined {
    return claims
      .filter(({ claim }) => claim.state === "holding" || claim.state === "offering")
      .reduce<HeardClaim | undefined>(
        (best, each) => (best === undefined || this.#outranks(each, best.claim.epoch, best.peer) ? each : best),
        undefined,
      );
  }

  #outranks(rival: HeardClaim, epoch: number, node: NodeName): boolean {
    if (rival.claim.epoch !== epoch) return rival.claim.epoch > epoch;
    return this.prefers(rival.peer, node, rival.sameFile);
  }

  /** Nodes that go by different files may differ over the order of preference too: then their names decide. */
  prefers(rival: NodeName, node: NodeName, sameFile: boolean): boolean {
    return sameFile ? this.#preference(rival) < this.#preference(node) : byName(rival, node) < 0;
  }

  #preference(node: NodeName): number {
    const index = this.config.nodes.indexOf(node);
    return index < 0 ? this.config.nodes.length : index;
  }

  // --- standby ---------------------------------------------------------------------------------------------------

  #decideStandby(situation: Situation, rival: HeardClaim | undefined, effects: Effects): void {
    if (rival !== undefined) {
      this.#vacantSince = undefined;
      this.tie.rest();
      if (!this.addresses.idle) this.addresses.drop(effects);
      this.#considerOffer(situation, rival, effects);
      return;
    }
    if (situation.starting) return;
    this.#vacantSince ??= situation.now;
    if (situation.stopping || situation.cutOff || situation.mayBeCutOff) return;
    if (this.#isLeftOnWire(situation, effects)) return;
    this.#considerVacancy(situation, this.#vacantSince, effects);
  }

  /** Only who holds the service may give it away: an offer beside a later claim is one of the past. */
  #considerOffer(situation: Situation, { peer, claim }: HeardClaim, effects: Effects): void {
    if (claim.state !== "offering" || claim.target !== wireId(situation.self)) return;
    const reasons = [...ownReasons(situation), ...(situation.stopping ? [{ code: "node-leaving" } as const] : [])];
    if (reasons.length === 0) {
      this.#isQuiet = true;
      this.#claim(situation, handedOver(claim.cause, peer, situation), effects);
      return;
    }
    if (this.#word?.brief.state === "declined" && this.#word.brief.epoch === claim.epoch) return;
    const brief: ClaimBrief = { ...claim, state: "declined", target: wireId(peer) };
    this.#word = { brief, until: after(situation.now, WORD_STAYS) };
    effects.note({ code: "service.offer-declined", service: this.config.name, from: peer, reasons });
  }

  /** A peer that is not heard has it: the wire is asked for as long as that is so, and nothing is taken meanwhile. */
  #isLeftOnWire(situation: Situation, effects: Effects): boolean {
    const to = this.tie.left?.to;
    if (to === undefined) return false;
    if (situation.speaks(to) || !this.config.nodes.includes(to)) this.tie.end();
    else if (ownReasons(situation).length > 0) this.tie.rest();
    else {
      if (this.tie.review(situation.now)) this.addresses.probe(effects);
      this.#wakeUp = dueAt(this.tie.askAt, "wire");
    }
    return this.tie.left !== undefined;
  }

  #considerVacancy(situation: Situation, vacantSince: Instant, effects: Effects): void {
    const { order } = place(situation.facts, undefined);
    const adopts = this.addresses.found;
    if (situation.paused && !adopts) return;
    if (!order.includes(situation.self)) {
      if (adopts && !situation.paused) this.addresses.drop(effects);
      return;
    }
    const rank = adopts ? 0 : this.#rank(situation, order);
    const due = after(vacantSince, (rank * situation.patience) as Duration);
    if (due > situation.now) {
      this.#wakeUp = { at: due, why: "vacancy" };
      return;
    }
    this.#claim(situation, this.#reasonToTake(situation, adopts), effects);
  }

  /** This node's place among those who may take a vacant service; a node that it was released to goes first. */
  #rank(situation: Situation, order: readonly NodeName[]): number {
    const named = this.#namedSuccessor(situation)?.claim.target;
    const successor = order.find((node) => wireId(node) === named);
    if (successor === undefined) return order.indexOf(situation.self);
    return [successor, ...order.filter((node) => node !== successor)].indexOf(situation.self);
  }

  /** The latest release that names who shall claim next, unless somebody held the service after it. */
  #namedSuccessor(situation: Situation): HeardClaim | undefined {
    return situation.claims
      .filter(({ claim }) => claim.state === "released" && claim.target !== 0 && claim.epoch >= this.#knownEpoch)
      .at(-1);
  }

  #reasonToTake(situation: Situation, adopts: boolean): MoveReason {
    const release = this.#namedSuccessor(situation);
    if (adopts) return { kind: "adopted" };
    if (release !== undefined) return handedOver(release.claim.cause, release.peer, situation);
    return vacancyReason(this.#lastHolder?.node, situation);
  }

  #claim(situation: Situation, reason: MoveReason, effects: Effects): void {
    const { now, self } = situation;
    const epoch = this.#knownEpoch + 1;
    this.#knownEpoch = epoch;
    this.#stance = { kind: "holding", epoch, since: now, reason };
    this.#lastHolder = { node: self, epoch, since: now };
    this.#vacantSince = undefined;
    this.#word = undefined;
    this.tie.end();
    this.#rival = undefined;
    this.#better = undefined;
    this.#failbackHeldFor = reason.kind === "operator" ? place(situation.facts, undefined).order[0] : undefined;
    effects.note({ code: "service.claimed", service: this.config.name, epoch, reason });
    const problem = this.addresses.take(now, epoch, effects);
    if (problem !== undefined) this.#giveUp(now, problem, effects);
    else this.#settle(now, effects);
  }

  // --- holding ---------------------------------------------------------------------------------------------------

  #decideHolding(situation: Situation, held: Holding, rival: HeardClaim | undefined, effects: Effects): void {
    if (rival !== undefined && this.#outranks(rival, held.epoch, situation.self)) {
      this.#yieldTo(situation.now, rival, effects);
      return;
    }
    this.#watchRival(situation.now, held, rival, effects);
    this.#completeReason(situation, held);
    if (situation.cutOff && !situation.paused) {
      this.release(situation.now, { kind: "cut-off" }, undefined, effects);
      return;
    }
    if (situation.disowned && !situation.paused) {
      const next = place(situation.facts, undefined).order.find((node) => node !== situation.self);
      this.release(situation.now, { kind: "unfit", reasons: ownReasons(situation) }, next, effects);
      return;
    }
    if (this.#stance.kind === "offering") this.#reviewOffer(situation, this.#stance.offer, effects);
    if (this.#stance.kind === "holding") this.#considerMove(situation, effects);
    if (this.holding !== undefined && this.addresses.isMisplaced) this.#takeAnew(situation.now, effects);
  }

  /** A former holder's word that it lets go travels faster than its state, which says why. */
  #completeReason(situation: Situation, { since, reason }: Holding): void {
    if (reason.kind !== "holder-unfit" || reason.reasons.length > 0 || this.#stance.kind === "standby") return;
    if (between(since, situation.now) > WORD_STAYS) return;
    const said = situation.facts.find(({ node }) => node === reason.from)?.reasons.filter(isSaidByItself) ?? [];
    if (said.length > 0) this.#stance = { ...this.#stance, reason: { ...reason, reasons: said } };
  }

  #yieldTo(now: Instant, rival: HeardClaim, effects: Effects): void {
    const { peer, claim } = rival;
    const from = this.#lastHolder?.node;
    this.release(now, { kind: "outranked", by: peer, epoch: claim.epoch }, undefined, effects);
    this.#lastHolder = { node: peer, epoch: claim.epoch, since: now };
    effects.note({ code: "service.moved", service: this.config.name, epoch: claim.epoch, from, to: peer });
  }

  /** A weaker claim will be given up by its node; caches that it spoiled are mended as soon as it is gone. */
  #watchRival(now: Instant, held: Holding, rival: HeardClaim | undefined, effects: Effects): void {
    if (rival === undefined) {
      if (this.#rival !== undefined) this.addresses.announceAgain(now);
      this.#rival = undefined;
      return;
    }
    const seen = this.#rival;
    this.#rival = rival;
    if (rival.claim.state === "offering" && rival.claim.epoch < held.epoch) return;
    if (seen?.peer === rival.peer && seen.claim.epoch === rival.claim.epoch) return;
    const note = { service: this.config.name, epoch: held.epoch, rival: rival.peer, rivalEpoch: rival.claim.epoch };
    effects.note({ code: "service.rival", ...note });
  }

  #reviewOffer(situation: Situation, offer: Offer, effects: Effects): void {
    const { now } = situation;
    const answer = situation.claims.find(({ peer }) => peer === offer.to)?.claim;
    const held = known(this.holding, "an offer is made by the holder");
    const declined = answer?.state === "declined" && answer.epoch === held.epoch;
    const eligible = place(situation.facts, undefined).order.includes(offer.to);
    if (!declined && eligible && now < offer.deadline) return;
    this.#declined.set(offer.to, after(now, DECLINE_MEMORY));
    this.#stance = { kind: "holding", epoch: held.epoch, since: held.since, reason: held.reason };
    effects.note({ code: "service.offer-lapsed", service: this.config.name, to: offer.to, declined });
  }

  #considerMove(situation: Situation, effects: Effects): void {
    const { now, self } = situation;
    const others = place(situation.facts, undefined).order.filter((node) => node !== self && !this.#declined.has(node));
    const next = others[0];
    this.#watchBetter(situation, next);
    if (next === undefined) return;
    const reasons = ownReasons(situation);
    if (situation.paused) return;
    if (situation.stopping) this.offer(now, next, "stopping", effects);
    else if (reasons.length > 0) this.release(now, { kind: "unfit", reasons }, next, effects);
    else if (situation.drained) this.offer(now, next, "drain", effects);
    else this.#considerFailback(now, effects);
  }

  /** Keeps account of a node that is preferred to this one and could take the service. */
  #watchBetter(situation: Situation, next: NodeName | undefined): void {
    const isBetter =
      next !== undefined &&
      this.#preference(next) < this.#preference(situation.self) &&
      situation.facts.some((each) => each.node === next && each.reasons.length === 0);
    if (!isBetter) {
      this.#better = undefined;
      this.#failbackHeldFor = undefined;
    } else if (this.#better?.node !== next) this.#better = { node: next, since: situation.now };
  }

  #considerFailback(now: Instant, effects: Effects): void {
    const { failback } = this.config;
    if (failback.kind === "never" || this.#better === undefined || !this.active) return;
    if (this.#failbackHeldFor === this.#better.node) return;
    const due = after(this.#better.since, failback.delay);
    if (due <= now) this.offer(now, this.#better.node, "failback", effects);
    else this.#wakeUp = { at: due, why: "failback" };
  }

  // --- addresses -------------------------------------------------------------------------------------------------

  /** A holder's addresses belong elsewhere than before. */
  #takeAnew(now: Instant, effects: Effects): void {
    if (this.#stance.kind === "standby") return;
    const problem = this.addresses.take(now, this.#stance.epoch, effects);
    if (problem !== undefined) this.#giveUp(now, problem, effects);
  }

  #settle(now: Instant, effects: Effects): void {
    if (this.#stance.kind === "standby" || this.#activeSince !== undefined || !this.addresses.complete) return;
    const { epoch, since } = this.#stance;
    this.#activeSince = now;
    this.#isQuiet = false;
    this.#refusals = 0;
    this.#connectionsDue = after(now, CONNECTIONS_PERIOD);
    this.#tickleDue = after(now, TICKLE_AGAIN);
    this.#tickle(effects);
    effects.note({ code: "service.active", service: this.config.name, epoch, took: between(since, now) });
  }

  #giveUp(now: Instant, problem: string, effects: Effects): void {
    const delay = REFUSAL_DELAYS[Math.min(this.#refusals, REFUSAL_DELAYS.length - 1)] ?? seconds(30);
    this.#refusals += 1;
    this.#refusedUntil = after(now, delay);
    this.release(now, { kind: "address-refused", problem }, undefined, effects);
  }

  #tickle(effects: Effects): void {
    if (this.#connections.length > 0) effects.push({ kind: "tickle", connections: this.#connections });
  }
}
