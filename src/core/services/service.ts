/**
 * One service as this node sees it: who holds it, whether this node should, and how it changes hands.
 *
 *                 claim (vacant and first in order, or offered)
 *        standby ----------------------------------------------> holding
 *           ^  ^            outranked, unfit, cut off               |  ^
 *           |  +----------------------------------------------------+  | declined, lapsed
 *           |               outranked by the target                 v  |
 *           +--------------------------------------------------- offering
 *           |               programs have ended                     |
 *           +--------------------------------------------------- closing
 *
 * The holder, while it is alive, decides every move: it offers the service to a target and keeps serving until it
 * hears the target's claim, which has the next epoch. Only a service that nobody claims is taken unasked, by the first
 * in the order of placement at once and by each next one a little later. A later epoch always wins; of two equal
 * epochs, the node that comes first in the order of preference (by name, while the two go by different files).
 *
 * Programs that may run on one node only make that different: while one of them is left here, nobody else may begin. The
 * holder then closes the service first (addresses off, programs ended in order; if it is planned, those that come after the
 * addresses end before that), goes on claiming it meanwhile, and names who shall take it when nothing is left. That holds for
 * a planned move as for one in distress; a node with a later epoch has begun already, and is not waited for. What cannot be
 * ended binds the service to the node: nobody else may have it, so it stays, with a finding, and goes on with the rest.
 *
 * Of two holders that do not hear each other, but each other's announcements, the preferred one keeps it (wire-tie.ts).
 *
 * How nodes are found alive (membership/), addresses kept (addresses/) and programs run (supervision/), it does not know.
 */
import { known } from "../../base/assert.js";
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, between, seconds } from "../../base/time.js";
import type { ServiceConfig } from "../../model/cluster.js";
import type { ClaimBrief } from "../../model/heartbeat.js";
import type { TcpConnection } from "../../model/kernel.js";
import { type Mover, type OrderedMove, isOrderedMove, orderedMove } from "../../model/mover.js";
import { type NodeName, wireId } from "../../model/names.js";
import type { HoldCondition, MoveReason } from "../../model/node-state.js";
import type { ReleaseReason } from "../../model/note.js";
import type { ProgramName } from "../../model/program.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import type { AddressHolding } from "../addresses/address-holding.js";
import type { Effects } from "../effects.js";
import type { HeardClaim } from "../membership/membership.js";
import { place } from "../placement/place.js";
import { ServicePrograms } from "../supervision/service-programs.js";
import { Clients } from "./clients.js";
import { Declines } from "./declines.js";
import { departure, offerOf, parting, reviewedClosing, reviewedOffer } from "./departure.js";
import { FailbackWatch } from "./failback-watch.js";
import { outranks, strongestClaim } from "./seniority.js";
import { type Closing, type Handover, type Holding, type LastHold, type Offer, type Stance } from "./stance.js";
import { HAS_BEGUN_ELSEWHERE, IS_PLANNED, cleared, forced } from "./stance.js";
import { conditionIn, isClearing, recipientIn, roleIn } from "./stance.js";
import { lateStart, notLate } from "./late-start.js";
import { LossWatch } from "./loss-watch.js";
import { Refusals } from "./refusals.js";
import { Rest } from "./rest.js";
import { RivalWatch } from "./rival-watch.js";
import type { ServiceParts } from "./service-parts.js";
import { completedReason, heldAfter, isHalted, isNotToStay } from "./succession.js";
import { moved, mustListen, relief, returned, stepInVacancy, takers, wasHalted } from "./succession.js";
import { WireTie } from "./wire-tie.js";
import { MadeMove, type Word, claimOf, declineWord, orderedMoveOf, releaseWord, wordAt } from "./word.js";
import { type Situation, handedOver, reasonsToDecline } from "./situation.js";

/** What a former holder announced just before it let go may be heard for so long. */
const HANDOVER_ECHO: Duration = seconds(1);

export class Service {
  config: ServiceConfig;
  readonly addresses: AddressHolding;
  readonly programs: ServicePrograms;
  readonly tie: WireTie = new WireTie();
  /** With which an earlier run of the agent held it in a pause. */
  readonly heldBefore: number | undefined;
  readonly #id: number;
  #stance: Stance = { kind: "standby" };
  #knownEpoch: number;
  #lastHolder: LastHold | undefined;
  #vacantSince: Instant | undefined;
  readonly #rest = new Rest();
  #word: Word | undefined;
  /** The addresses of the present holding were ordered, and are not on their way off. */
  #isPlaced = false;
  /** When all addresses of the present holding were in place, and all programs ready. */
  #activeSince: Instant | undefined;
  readonly #refusals = new Refusals();
  readonly #declines = new Declines();
  readonly #failback = new FailbackWatch();
  readonly #rivals = new RivalWatch();
  readonly #losses = new LossWatch();
  readonly #made = new MadeMove();
  /** Took up an offer and is not ready yet: the claim is said only then, so that the other serves until it need not. */
  #isQuiet = false;
  readonly #clients = new Clients();
  #wakeUp: Deadline | undefined;
  #standsBy = false;

  constructor(now: Instant, config: ServiceConfig, parts: ServiceParts) {
    this.config = config;
    this.addresses = parts.addresses;
    this.programs = new ServicePrograms(now, config, parts.damping);
    this.#id = wireId(config.name);
    this.#knownEpoch = parts.knownEpoch;
    this.heldBefore = parts.heldBefore;
  }

  get knownEpoch(): number {
    return this.#knownEpoch;
  }

  get holding(): Holding | undefined {
    return this.#stance.kind === "standby" ? undefined : this.#stance;
  }

  /** Who shall have it next, as this holder has decided. */
  get offeredTo(): NodeName | undefined {
    return recipientIn(this.#stance);
  }

  /** Why this holder does not serve all of it now; undefined: it does, or it has no programs that could tell. */
  get condition(): HoldCondition | undefined {
    return conditionIn(this.#stance, this.programs, this.active);
  }

  /** An earlier run of the agent left something of it in place, neither adopted nor given up yet. */
  get found(): boolean {
    return this.addresses.found || this.programs.found;
  }

  /** Nothing of it is on this machine. */
  get idle(): boolean {
    return this.addresses.idle && this.programs.idle && !this.programs.hasStrays;
  }

  /** Programs that run on standbys too shall run here while another node holds the service. */
  get standsBy(): boolean {
    return this.#standsBy && this.holding === undefined;
  }

  /** Whether this node holds the service and all of it has been in place. */
  get active(): boolean {
    return this.#activeSince !== undefined && this.#stance.kind !== "standby";
  }

  /** Whether all addresses have been in place for so long that those of a former holder are gone. */
  isSettled(now: Instant): boolean {
    return this.active && this.#activeSince !== undefined && between(this.#activeSince, now) > HANDOVER_ECHO;
  }

  /** The latest that was heard of, or this node's own; undefined: none in this run of the agent. */
  get lastHold(): LastHold | undefined {
    return this.#lastHolder;
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
    return this.#isQuiet ? this.#word?.brief : (claimOf(this.#id, this.#stance) ?? this.#word?.brief);
  }

  /** What peers are told of a move by order; undefined: there is none. */
  orderedMove(now: Instant): OrderedMove | undefined {
    return orderedMoveOf(this.config.name, this.#stance, this.#word) ?? this.#made.at(now);
  }

  /** Why this node is not to be chosen for now, in the service's own experience. */
  experience(now: Instant, node: NodeName, self: NodeName): readonly UnfitReason[] {
    if (node === self) return [...this.#refusals.unfit(now), ...this.programs.unfit(now)];
    return this.#declines.has(now, node) ? [{ code: "declined" }] : [];
  }

  /** When `tick` is due. */
  upkeepDeadline(): Deadline | undefined {
    return soonest(this.#clients.deadline(), this.addresses.deadline());
  }

  /** When `decide` is due although nothing was heard. */
  decisionDeadline(): Deadline | undefined {
    return [
      dueAt(this.#word?.until, "bulletin"),
      dueAt(this.#refusals.until, "address-refused"),
      dueAt(this.addresses.calmAt, "address-losses"),
      this.programs.deadline(),
      this.#stance.kind === "offering" ? dueAt(this.#stance.offer.deadline, "offer") : undefined,
      this.#declines.deadline(),
      this.#wakeUp,
    ].reduce<Deadline | undefined>(soonest, undefined);
  }

  decide(situation: Situation, effects: Effects): void {
    const { now, drained, leaving, halted } = situation;
    this.#wakeUp = undefined;
    this.#forget(now);
    this.#learn(situation, effects);
    this.programs.heed(now, situation.startOrder);
    this.#setAlone(situation, effects);
    this.#standsBy = this.config.nodes.includes(situation.self) && !drained && !leaving && !halted;
    const rival = strongestClaim(situation.claims, this.config);
    if (this.#stance.kind === "standby") this.#decideStandby(situation, rival, effects);
    else this.#decideHolding(situation, this.#stance, rival, effects);
    this.review(now, effects);
  }

  /** Brings programs and addresses on, and a closing to its end. */
  review(now: Instant, effects: Effects): void {
    this.#steer(now, effects);
    if (this.#stance.kind !== "closing") return;
    const { why, to, isFree } = this.#stance.closing;
    if (!this.programs.holdsOn) this.#letGo(now, why, to, effects);
    else if (isFree && this.programs.bound !== undefined) this.#keep(now, this.#stance, this.programs.bound, effects);
    else if (!this.programs.needAddresses) this.#clear(now, effects);
  }

  /** Nobody else may begin while something of it is left here: what can be served goes on meanwhile. */
  #keep(now: Instant, { epoch, since, reason }: Holding, program: ProgramName, effects: Effects): void {
    this.#stance = { kind: "holding", epoch, since, reason };
    effects.afterwards(() => effects.note({ code: "service.kept", service: this.config.name, epoch, program }));
    this.#steer(now, effects);
  }

  /** Offers the service, which this node holds, to another; it goes on serving until the other claims it. */
  offer(now: Instant, handover: Handover, effects: Effects): void {
    const { epoch, since, reason } = known(this.holding, "only the holder offers");
    if (this.programs.areBound) {
      this.#close(now, { why: { kind: "handed-over", ...handover }, to: handover.to, isFree: true }, effects);
      return;
    }
    this.#stance = { kind: "offering", epoch, since, reason, offer: offerOf(now, handover) };
    effects.note({ code: "service.offered", service: this.config.name, epoch, ...handover });
  }

  /** Lets go of the service as soon as nothing is left here that only a holder may run; `to` shall claim it then. */
  release(now: Instant, why: ReleaseReason, to: NodeName | undefined, effects: Effects): void {
    this.#close(now, { why, to, isFree: false }, effects);
  }

  #close(now: Instant, closing: Closing, effects: Effects): void {
    const { why, to } = closing;
    const { epoch, since, reason } = known(this.holding, "only the holder releases");
    if (HAS_BEGUN_ELSEWHERE.has(why.kind) || !this.programs.holdsOn) {
      this.#letGo(now, why, to, effects);
      return;
    }
    if (this.#stance.kind === "closing") {
      this.#stance = forced(this.#stance, closing);
      if (!IS_PLANNED.has(why.kind)) this.#clear(now, effects);
      return;
    }
    const clears = IS_PLANNED.has(why.kind) && this.programs.needAddresses;
    this.#stance = { kind: "closing", epoch, since, reason, closing: { ...closing, isClearing: clears } };
    this.#isPlaced &&= clears;
    this.#activeSince = undefined;
    this.#clients.end();
    effects.note({ code: "service.closing", service: this.config.name, epoch, to, why });
    if (!clears) this.addresses.drop(effects);
    this.review(now, effects);
  }

  /** The addresses go, which had waited for programs to end. */
  #clear(now: Instant, effects: Effects): void {
    if (!isClearing(this.#stance)) return;
    this.#stance = cleared(this.#stance);
    this.#isPlaced = false;
    this.addresses.drop(effects);
    this.#steer(now, effects);
  }

  #letGo(now: Instant, why: ReleaseReason, to: NodeName | undefined, effects: Effects): void {
    const { epoch } = known(this.holding, "only the holder lets go");
    this.#losses.leave(why, epoch, to);
    this.#made.end(now, this.orderedMove(now));
    const isSaid = why.kind !== "outranked" && !this.#isQuiet;
    this.#word = isSaid ? releaseWord(now, this.#id, epoch, why, to) : undefined;
    this.#standBack(why, effects);
    this.#vacantSince = why.kind === "outranked" ? undefined : now;
    // Who shall claim it hears so before the address goes: its claim takes longer than our removal.
    if (to === undefined) this.addresses.drop(effects);
    else effects.afterwards(() => this.addresses.drop(effects));
    if (HAS_BEGUN_ELSEWHERE.has(why.kind)) this.programs.killHolders(now, effects);
    this.#steer(now, effects);
  }

  /** Lets go of what a preferred peer announces that is not heard, and remembers that it is there. */
  leaveOnWire(now: Instant, { self, to }: { self: NodeName; to: NodeName }, effects: Effects): void {
    const { epoch } = known(this.holding, "only a holder leaves it");
    const why: ReleaseReason = { kind: "outranked-on-wire", by: to };
    this.release(now, why, undefined, effects);
    this.#word = releaseWord(now, this.#id, epoch, why, self);
    this.tie.leave(now, to);
    this.#lastHolder = { node: to, epoch, since: now };
  }

  /** Goes on with another configuration of the service; a holder takes up and drops addresses as it says. */
  reconfigure(config: ServiceConfig, now: Instant, effects: Effects): void {
    this.config = config;
    this.addresses.reconfigure(config);
    this.programs.reconfigure(now, config, effects);
    this.#takeAnew(now, effects);
  }

  /** The configuration has just brought it, or changed it: others may not know it yet. */
  introduce(now: Instant): void {
    if (this.#stance.kind === "standby") this.#rest.introduce(now);
  }

  /** The configuration has it no longer, or the agent ends: nothing of it stays. */
  dismiss(now: Instant, effects: Effects, why: ReleaseReason = { kind: "not-configured" }): void {
    this.#standsBy = false;
    if (this.holding === undefined) this.#giveUpFound(effects);
    else this.release(now, why, undefined, effects);
    this.review(now, effects);
  }

  /** Forgets the holding after the guard took the addresses off and said goodbye for this node. */
  fenced(now: Instant, effects: Effects): void {
    this.programs.fenced(now, effects);
    if (this.#stance.kind === "standby") return;
    this.#standBack({ kind: "guard" }, effects);
    this.addresses.drop(effects);
    this.#steer(now, effects);
  }

  /** Takes a vacant service because `by` said so; undefined: an operator. */
  claimByOrder(situation: Situation, by: Mover | undefined, effects: Effects): void {
    this.#claim(situation, orderedMove(by, this.#lastHolder?.node), effects);
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
    this.#clients.tick(now, this.config, effects);
  }

  /** What this node, as the holder, has for clients; peers are told when it changed. */
  connectionsRead(connections: readonly TcpConnection[], effects: Effects): void {
    if (this.#stance.kind !== "standby") this.#clients.read(connections, this.config, effects);
  }

  /** What the holder said it has for clients. */
  connectionsHeard(connections: readonly TcpConnection[]): void {
    if (this.#stance.kind === "standby") this.#clients.heard(connections);
  }

  #standBack(why: ReleaseReason, effects: Effects): void {
    const { epoch } = known(this.holding, "only the holder stands back");
    effects.note({ code: "service.released", service: this.config.name, epoch, why });
    this.#stance = { kind: "standby" };
    this.#isQuiet = false;
    this.#isPlaced = false;
    this.#activeSince = undefined;
    this.#clients.end();
  }

  // --- what was heard -------------------------------------------------------------------------------------------

  #forget(now: Instant): void {
    this.addresses.forget(now);
    this.#word = wordAt(now, this.#word, this.tie.left !== undefined);
    this.#refusals.forget(now);
    this.#declines.forget(now);
  }

  #learn(situation: Situation, effects: Effects): void {
    for (const { claim } of situation.claims) this.#knownEpoch = Math.max(this.#knownEpoch, claim.epoch);
    const rival = strongestClaim(situation.claims, this.config);
    if (rival === undefined || this.#stance.kind !== "standby") return;
    const before = this.#lastHolder;
    if (before?.node === rival.peer && this.#vacantSince !== undefined) effects.note(returned(this.config.name, rival));
    this.#lastHolder = heldAfter(before, rival, situation);
    if (before?.node === rival.peer || (before !== undefined && before.epoch > rival.claim.epoch)) return;
    effects.note(moved(this.config.name, rival, before?.node));
  }

  // --- standby ---------------------------------------------------------------------------------------------------

  #decideStandby(situation: Situation, rival: HeardClaim | undefined, effects: Effects): void {
    if (rival !== undefined) {
      this.#vacantSince = undefined;
      this.#rest.end();
      this.tie.rest();
      if (this.programs.found) this.programs.killHolders(situation.now, effects);
      if (this.programs.found || !this.addresses.idle) this.#giveUpFound(effects);
      this.#considerOffer(situation, rival, effects);
      return;
    }
    this.#rest.newcomers.observe(situation);
    if (situation.awaitsWord || mustListen(situation, this.#knownEpoch)) return;
    if (situation.halted && this.programs.found && !situation.awaitsFencing)
      return this.#stopFound(situation, situation.halted, effects);
    this.#wakeUp = dueAt(this.#rest.introducedUntil(situation), "introduction");
    if (this.#wakeUp !== undefined) return;
    // The turns of those who may take it begin when it may be taken.
    const isOver = this.#rest.isOver(situation, wasHalted(situation, this.#word?.brief, this.#knownEpoch));
    if (isOver || this.#vacantSince === undefined) this.#vacantSince = situation.now;
    if (this.found && isNotToStay(situation, this.programs.found)) this.#giveUpFound(effects);
    if (situation.stopping || situation.halted || situation.cutOff || situation.mayBeCutOff) return;
    if (isHalted(situation, this.#knownEpoch)) return;
    this.#wakeUp = dueAt(
      this.tie.pursue(situation, this.config.nodes, () => this.addresses.probe(effects)),
      "wire",
    );
    if (this.tie.left !== undefined) return;
    this.#considerVacancy(situation, this.#vacantSince, effects);
  }

  /** The agent before ended while it was being stopped: a holder goes on with that, so that nobody begins beside it. */
  #stopFound(situation: Situation, why: ReleaseReason, effects: Effects): void {
    this.programs.drop();
    this.#claim(situation, { kind: "adopted" }, effects);
    this.release(situation.now, why, undefined, effects);
  }

  /** Only who holds the service may give it away: an offer beside a later claim is one of the past. */
  #considerOffer(situation: Situation, { peer, claim }: HeardClaim, effects: Effects): void {
    if (claim.state !== "offering" || claim.target !== wireId(situation.self)) return;
    const reasons = reasonsToDecline(situation, claim.cause);
    if (reasons.length === 0) {
      this.#isQuiet = true;
      this.#claim(situation, handedOver(claim, peer, situation), effects);
      return;
    }
    if (this.#word?.brief.state === "declined" && this.#word.brief.epoch === claim.epoch) return;
    this.#word = declineWord(situation.now, claim, peer);
    effects.note({ code: "service.offer-declined", service: this.config.name, from: peer, reasons });
  }

  #considerVacancy(situation: Situation, vacantSince: Instant, effects: Effects): void {
    const [knownEpoch, heldBefore, { isStarted, newcomers }] = [this.#knownEpoch, this.heldBefore, this.#rest];
    const [isFound, runsOn] = [this.found, this.programs.found];
    const [lastHolder, ownWord, lostTo] = [this.#lastHolder?.node, this.#word?.brief, this.#losses.leftTo(knownEpoch)];
    const vacancy = { knownEpoch, heldBefore, lastHolder, ownWord, isFound, runsOn, lostTo, isStarted, newcomers };
    const step = stepInVacancy(situation, vacancy, vacantSince);
    if (step.kind === "take") this.#claim(situation, step.reason, effects);
    else if (step.kind === "wait") this.#wakeUp = { at: step.until, why: "vacancy" };
    else if (step.kind === "drop") this.#giveUpFound(effects);
  }

  #giveUpFound(effects: Effects): void {
    this.programs.drop();
    this.addresses.drop(effects);
  }

  #claim(situation: Situation, reason: MoveReason, effects: Effects): void {
    const { now, self } = situation;
    const epoch = this.#knownEpoch + 1;
    this.#knownEpoch = epoch;
    this.#stance = { kind: "holding", epoch, since: now, reason };
    this.#lastHolder = { node: self, epoch, since: now };
    this.#vacantSince = undefined;
    this.#word = undefined;
    this.#rest.end();
    this.tie.end();
    this.#rivals.begin();
    this.#failback.begin(isOrderedMove(reason) ? place(situation.facts, undefined).order[0] : undefined);
    effects.note({ code: "service.claimed", service: this.config.name, epoch, reason });
    this.#setAlone(situation, effects);
    // It is let go of at once.
    if (situation.halted !== undefined) return;
    // What is in place already is not taken off to be put back.
    if (reason.kind === "adopted") this.#placeAddresses(now, epoch, effects);
    this.#steer(now, effects);
  }

  // --- holding ---------------------------------------------------------------------------------------------------

  #decideHolding(situation: Situation, held: Holding, rival: HeardClaim | undefined, effects: Effects): void {
    if (rival !== undefined && outranks(rival, held.epoch, situation.self, this.config)) {
      this.#yieldTo(situation.now, rival, effects);
      return;
    }
    // Caches that a rival spoiled are mended as soon as it is gone.
    if (this.#rivals.review(held, rival, this.config, situation, effects)) this.addresses.announceAgain(situation.now);
    if (this.#stance.kind !== "standby") this.#stance = { ...this.#stance, reason: completedReason(held, situation) };
    if (this.#stance.kind === "closing") {
      this.#stance = reviewedClosing(this.#stance, situation);
      if ((situation.cutOff || situation.disowned) && !situation.paused) this.#clear(situation.now, effects);
    } else if (situation.halted) this.release(situation.now, situation.halted, undefined, effects);
    else this.#decideServing(situation, effects);
  }

  #decideServing(situation: Situation, effects: Effects): void {
    const parted = parting(situation);
    if (parted !== undefined) return this.release(situation.now, parted.why, parted.to, effects);
    if (this.#stance.kind === "offering") this.#reviewOffer(situation, this.#stance.offer, effects);
    if (this.#stance.kind === "holding") this.#considerMove(situation, this.#stance, effects);
    if (this.holding !== undefined && this.addresses.isMisplaced) this.#takeAnew(situation.now, effects);
  }

  #yieldTo(now: Instant, rival: HeardClaim, effects: Effects): void {
    const { peer, claim } = rival;
    const from = this.#lastHolder?.node;
    this.release(now, { kind: "outranked", by: peer, epoch: claim.epoch }, undefined, effects);
    this.#lastHolder = { node: peer, epoch: claim.epoch, since: now };
    effects.note(moved(this.config.name, rival, from));
  }

  #reviewOffer(situation: Situation, offer: Offer, effects: Effects): void {
    const held = known(this.holding, "an offer is made by the holder");
    const { isOver, declined } = reviewedOffer(situation, offer, held.epoch);
    if (!isOver) return;
    this.#declines.remember(situation.now, offer.to);
    this.#stance = { kind: "holding", epoch: held.epoch, since: held.since, reason: held.reason };
    effects.note({ code: "service.offer-lapsed", service: this.config.name, to: offer.to, declined });
  }

  #considerMove(situation: Situation, held: Holding, effects: Effects): void {
    const { now } = situation;
    const next = takers(situation, this.#declines);
    this.#failback.review(situation, this.config, notLate(next.first, held), effects);
    const isBound = this.programs.bound !== undefined;
    const late = this.active ? undefined : lateStart(held, this.programs);
    const wish = isBound && !situation.mustStop ? undefined : departure(situation, next, late);
    const leave = this.#losses.review(wish, situation, this.programs.areBound);
    if (leave?.kind === "wait") this.#wakeUp = leave.until;
    else if (leave?.kind === "offer") this.offer(now, leave.handover, effects);
    else if (leave !== undefined) {
      const { reasons, to } = leave;
      this.#close(now, { why: { kind: "unfit", reasons }, to, isFree: !situation.mustStop }, effects);
    } else if (!situation.paused && !isBound) this.#considerFailback(now, effects);
  }

  /** Whether no other node could take it from this one; what is found here goes on as it was until it is held, or given up. */
  #setAlone(situation: Situation, effects: Effects): void {
    const isSole = (): boolean => situation.paused || relief(situation, this.#declines) === undefined;
    this.programs.setAlone(situation.now, this.programs.found || (this.holding !== undefined && isSole()), effects);
  }

  #considerFailback(now: Instant, effects: Effects): void {
    const due = this.active ? this.#failback.due(this.config.failback) : undefined;
    if (due === undefined) return;
    if (due.at <= now) this.offer(now, { to: due.to, cause: "failback" }, effects);
    else this.#wakeUp = { at: due.at, why: "failback" };
  }

  // --- programs and addresses ------------------------------------------------------------------------------------

  /** Brings addresses and programs to where the stance wants them, as far as each may go on now. */
  #steer(now: Instant, effects: Effects): void {
    this.programs.want(now, roleIn(this.#stance, this.#standsBy), isClearing(this.#stance));
    const stance = this.#stance;
    const isServing = stance.kind === "holding" || stance.kind === "offering";
    if (isServing && !this.#isPlaced && this.programs.readyForAddresses) {
      this.#placeAddresses(now, stance.epoch, effects);
    }
    // Clients and peers wait for the address and the claim, or for the word that it was let go; programs come after.
    effects.afterwards(() => this.programs.review(now, this.#isPlaced && this.#isUp, effects));
    this.#settle(now, effects);
  }

  #placeAddresses(now: Instant, epoch: number, effects: Effects): void {
    this.#isPlaced = true;
    const problem = this.addresses.take(now, epoch, effects);
    if (problem !== undefined) this.#giveUp(now, problem, effects);
  }

  /** Every address that it has is in place. */
  get #isUp(): boolean {
    return this.config.addresses.length === 0 || this.addresses.complete;
  }

  /** A holder's addresses belong elsewhere than before. */
  #takeAnew(now: Instant, effects: Effects): void {
    if (this.#stance.kind === "standby" || !this.#isPlaced) return;
    this.#placeAddresses(now, this.#stance.epoch, effects);
  }

  #settle(now: Instant, effects: Effects): void {
    if (this.#stance.kind !== "holding" && this.#stance.kind !== "offering") return;
    if (this.#activeSince !== undefined || !this.#isPlaced || !this.#isUp || !this.programs.ready) return;
    const { epoch, since } = this.#stance;
    this.#activeSince = now;
    this.#isQuiet = false;
    this.#refusals.end();
    this.#clients.begin(now, effects);
    effects.note({ code: "service.active", service: this.config.name, epoch, took: between(since, now) });
  }

  #giveUp(now: Instant, problem: string, effects: Effects): void {
    this.#refusals.refused(now);
    this.release(now, { kind: "address-refused", problem }, undefined, effects);
  }
}
