/** Who shall take a service that nobody holds, and what it is taken for. */
import { type Duration, type Instant, after, between, latest } from "../../base/time.js";
import { type NodeName, type ServiceName, wireId } from "../../model/names.js";
import type { MoveReason } from "../../model/node-state.js";
import type { ClaimBrief } from "../../model/heartbeat.js";
import type { Note } from "../../model/note.js";
import {
  type UnfitReason,
  isLoss,
  isOfFencing,
  isSaidByItself,
  isSoft,
  isUnprepared,
  isUnsure,
} from "../../model/unfit-reasons.js";
import type { HeardClaim } from "../membership/membership.js";
import { type CandidateFacts, place } from "../placement/place.js";
import type { Declines } from "./declines.js";
import { byRule } from "./halts.js";
import type { Newcomers } from "./newcomers.js";
import type { Holding, LastHold } from "./stance.js";
import {
  type Situation,
  drainerOf,
  handedOver,
  namedMove,
  reasonsAgainst,
  reasonsItGave,
  vacancyReason,
} from "./situation.js";
import { WORD_STAYS } from "./word.js";

/** What a node knows of a vacant service besides the claims of others. */
export interface Vacancy {
  readonly knownEpoch: number;
  /** What this node said last of it. */
  readonly ownWord: ClaimBrief | undefined;
  readonly lastHolder: NodeName | undefined;
  /** Its addresses were in place when the agent started, or its programs ran. */
  readonly isFound: boolean;
  /** Its programs did. */
  readonly runsOn: boolean;
  /** With which this node held it in a pause when its agent before ended; undefined: it did not. */
  readonly heldBefore: number | undefined;
  /** For whom this node, which held it last, let go of it because it lost its network. */
  readonly lostTo: NodeName | undefined;
  /** It was stopped since anybody held it, and started again. */
  readonly isStarted: boolean;
  readonly newcomers: Newcomers;
}

/** What a node does about a service that nobody holds. */
export type VacancyStep =
  | { readonly kind: "take"; readonly reason: MoveReason }
  /** Others have their turn before. */
  | { readonly kind: "wait"; readonly until: Instant }
  /** What is found of it here is not to stay. */
  | { readonly kind: "drop" }
  | { readonly kind: "none" };

const NONE: VacancyStep = { kind: "none" };

/**
 * Who would be better off with its programs when they fail here; undefined: nobody, and they are tried again here. Two on
 * which they fail in turn would throw the service to and fro.
 */
export const relief = (situation: Situation, declines: Declines): NodeName | undefined =>
  successor(situation, declines, ({ reasons }) => !reasons.some(isOfProgram));

/** A ban of a node for a program that failed on it. */
const isOfProgram = ({ code, detail }: UnfitReason): boolean => code === "banned" && detail !== undefined;

/** Who could take a service from its holder, this node, now; undefined: nobody. */
export interface Takers {
  readonly first: NodeName | undefined;
  /** For a holder that could go on: the first whose programs stand by, which has said so since it was silent last. */
  readonly prepared: NodeName | undefined;
  /** Of these, the first on which no program failed lately: for a holder on which one does not come up. */
  readonly relieving: NodeName | undefined;
}

export function takers(situation: Situation, declines: Declines): Takers {
  const isPrepared = ({ node, reasons }: CandidateFacts): boolean =>
    !situation.isStateOld(node) && !reasons.some(isUnprepared);
  return {
    first: successor(situation, declines, () => true),
    prepared: successor(situation, declines, isPrepared),
    relieving: successor(situation, declines, (each) => isPrepared(each) && !each.reasons.some(isOfProgram)),
  };
}

/** The first that could take it from its holder, this node, now, of those that count. */
const successor = (
  { now, self, facts }: Situation,
  declines: Declines,
  counts: (candidate: CandidateFacts) => boolean,
): NodeName | undefined =>
  place(facts.filter(counts), undefined).order.find((node) => node !== self && !declines.has(now, node));

export function stepInVacancy(situation: Situation, vacancy: Vacancy, vacantSince: Instant): VacancyStep {
  const { now, self, paused, facts } = situation;
  const { isFound, runsOn } = vacancy;
  // Fit or not: a holder sees to it that they have ended before another node begins.
  if (runsOn) return situation.awaitsFencing ? NONE : { kind: "take", reason: { kind: "adopted" } };
  if (paused && !isFound && !vacancy.isStarted && !isUnfinished(situation, vacancy)) return NONE;
  const { order } = place(facts, undefined);
  if (!order.includes(self)) {
    if (isFound) return paused || isOnlyHeldBack(situation) ? NONE : { kind: "drop" };
    return order.length === 0 && isTakenBack(situation, vacancy)
      ? { kind: "take", reason: { kind: "lost-to-all", reasons: reasonsAgainst(self, situation) } }
      : NONE;
  }
  const due = turnIn(isFound ? [self] : order, situation, vacancy, vacantSince);
  if (due > now) return { kind: "wait", until: due };
  return { kind: "take", reason: isFound ? { kind: "adopted" } : reasonToTake(situation, vacancy) };
}

/**
 * Whether what is found of a service that nobody holds has to go: it was left by an agent that did not hear of the order to
 * stop it, or of it there are programs, and this node is cut off, so that others may begin. In a pause only by that order.
 */
export const isNotToStay = ({ halted, cutOff, paused }: Situation, runsOn: boolean): boolean =>
  halted !== undefined || (!paused && cutOff && runsOn);

/** Whether all that keeps it from being taken here is what another node may still run: what is in place stays until that is over. */
function isOnlyHeldBack(situation: Situation): boolean {
  const against = reasonsAgainst(situation.self, situation).filter((reason) => !isSoft(reason));
  return against.length > 0 && against.every(isOfFencing);
}

/**
 * Whether it stays where it was, as it does when the others notice first: this node let go of it when it lost its network,
 * and the one that was to have it has lost its own too, as it says itself. Of one that is not heard nobody knows that:
 * it may serve. Who has not said yet whether it is fit, or would not take it a moment ago, may be able to.
 */
function isTakenBack(situation: Situation, { lostTo }: Vacancy): boolean {
  const { facts, drained, self } = situation;
  const mayBeFit = ({ reasons }: CandidateFacts): boolean => reasons.some(isUnsure);
  const isLost = (reason: UnfitReason): boolean => isLoss(reason) || isSoft(reason);
  if (lostTo === undefined || drained || facts.some(mayBeFit)) return false;
  return reasonsAgainst(lostTo, situation).some(isLoss) && reasonsAgainst(self, situation).every(isLost);
}

/** When it is this node's turn to take a vacant service. What is in place here goes on at once. */
function turnIn(order: readonly NodeName[], situation: Situation, vacancy: Vacancy, vacantSince: Instant): Instant {
  const { turnSince = vacantSince, patience } = situation;
  const before = aheadIn(order, situation, vacancy);
  const from = vacancy.isFound ? vacantSince : vacancy.newcomers.turnsFrom(situation, before, vacantSince);
  return after(latest(from, turnSince), (before.length * patience) as Duration);
}

/** Who may take a vacant service before this node; a node that it was released to goes first. */
function aheadIn(order: readonly NodeName[], situation: Situation, vacancy: Vacancy): readonly NodeName[] {
  const named = namedSuccessor(situation, vacancy.knownEpoch)?.claim.target ?? ownWish(vacancy);
  const successor = order.find((node) => wireId(node) === named);
  const turns = successor === undefined ? order : [successor, ...order.filter((node) => node !== successor)];
  return turns.slice(0, turns.indexOf(situation.self));
}

function reasonToTake(situation: Situation, vacancy: Vacancy): MoveReason {
  if (vacancy.isStarted) return { kind: "started", ...byRule(situation.startedBy) };
  const release = namedSuccessor(situation, vacancy.knownEpoch);
  return release === undefined
    ? vacancyReason(vacancy.lastHolder, situation)
    : handedOver(release.claim, release.peer, situation);
}

/** A former holder's word that it lets go travels faster than its state, which says why. */
export function completedReason({ epoch, since, reason }: Holding, situation: Situation): MoveReason {
  if (between(since, situation.now) > WORD_STAYS) return reason;
  if (reason.kind === "holder-drained" && reason.by === undefined) {
    return { ...reason, ...byRule(drainerOf(reason.from, situation)) };
  }
  if (reason.kind === "rule" || reason.kind === "program") {
    return reason.from === undefined ? reason : namedMove(reason, situation.mover(reason.from, epoch - 1));
  }
  if (reason.kind !== "holder-unfit" || reason.reasons.length > 0) return reason;
  const said = reasonsItGave(reason.from, situation).filter(isSaidByItself);
  return said.length > 0 ? { ...reason, reasons: said } : reason;
}

/** The latest release that names who shall claim next, unless somebody held the service after it. */
const namedSuccessor = ({ claims }: Situation, knownEpoch: number): HeardClaim | undefined =>
  claims.filter(({ claim }) => claim.state === "released" && claim.target !== 0 && claim.epoch >= knownEpoch).at(-1);

const isLeftHere = (situation: Situation, knownEpoch: number): boolean =>
  namedSuccessor(situation, knownEpoch)?.claim.target === wireId(situation.self);

/** All who may hold it have said what they claim. */
const allSpeak = ({ self, facts, speaks }: Situation): boolean =>
  facts.every(({ node }) => node === self || speaks(node));

/**
 * Whether a node that does not know yet who holds what has to learn that first. Of a service that its holder has just left
 * to this node it knows, unless another one, which it does not hear, may have taken it meanwhile.
 */
export const mustListen = (situation: Situation, knownEpoch: number): boolean =>
  situation.starting && !(isLeftHere(situation, knownEpoch) && allSpeak(situation));

/**
 * A hand-over was on its way when the pause began, or programs ended with the agent of the one who held it. It is brought to
 * its end, or nobody would serve until the pause is over: by the one for whom the holder let go of it, and else by that
 * holder, where it was.
 */
function isUnfinished(situation: Situation, vacancy: Vacancy): boolean {
  const { lostTo, heldBefore, knownEpoch } = vacancy;
  const wasHere = lostTo !== undefined || (heldBefore !== undefined && heldBefore >= knownEpoch);
  // Who is not heard may have taken it.
  return isLeftHere(situation, knownEpoch) || (wasHere && allSpeak(situation));
}

/** Whom this node itself let go of it for. */
const ownWish = ({ ownWord, knownEpoch }: Vacancy): number =>
  ownWord?.state === "released" && ownWord.epoch >= knownEpoch ? ownWord.target : 0;

/** The latest holder let go of it because an operator stopped it: the order itself may come a moment later. */
export const isHalted = ({ claims }: Situation, knownEpoch: number): boolean =>
  claims.some(({ claim }) => isStop(claim, knownEpoch));

/** The same, where the latest holder may be this node. */
export const wasHalted = (situation: Situation, ownWord: ClaimBrief | undefined, knownEpoch: number): boolean =>
  isHalted(situation, knownEpoch) || (ownWord !== undefined && isStop(ownWord, knownEpoch));

const isStop = ({ state, cause, epoch }: ClaimBrief, knownEpoch: number): boolean =>
  state === "released" && cause === "halted" && epoch >= knownEpoch;

/** Who held it last, now that another node is heard to hold it. */
export function heldAfter(before: LastHold | undefined, { peer, claim }: HeardClaim, situation: Situation): LastHold {
  if (before?.node === peer && before.epoch === claim.epoch) return before;
  if (before === undefined || before.epoch <= claim.epoch)
    return { node: peer, epoch: claim.epoch, since: situation.now };
  // What this node itself let go of may be held by one that never heard of its claim.
  return before.node === situation.self ? { ...before, node: peer } : before;
}

/** A node that held it before nobody did holds it again. */
export const returned = (service: ServiceName, { peer, claim }: HeardClaim): Note => ({
  code: "service.returned",
  service,
  epoch: claim.epoch,
  to: peer,
});

/** Another node holds it than before, as far as that is known. */
export const moved = (service: ServiceName, { peer, claim }: HeardClaim, from: NodeName | undefined): Note => ({
  code: "service.moved",
  service,
  epoch: claim.epoch,
  from,
  to: peer,
});
