/**
 * How a holder gives its service away: whether it offers it, and serves until the other has it, or lets go of it at once.
 * Not what later claims of others make it do.
 */
import type { Deadline } from "../../base/machine.js";
import { type Duration, type Instant, after, milliseconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { ReleaseReason } from "../../model/note.js";
import { type UnfitReason, isOfPlacement } from "../../model/unfit-reasons.js";
import { place } from "../placement/place.js";
import type { LateStart } from "./late-start.js";
import { type Situation, drainerOf, ownReasons } from "./situation.js";
import type { Takers } from "./succession.js";
import type { Handover, Offer, Stance } from "./stance.js";

export type Departure =
  | { readonly kind: "offer"; readonly handover: Handover }
  /** `to` shall claim it; undefined: nobody can. */
  | { readonly kind: "release"; readonly to: NodeName | undefined; readonly reasons: readonly UnfitReason[] }
  /** Not yet. */
  | { readonly kind: "wait"; readonly until: Deadline };

/** What a node lets go of at once that others may hold already, of whom it does not hear; undefined: it is one of them. */
export function parting(
  situation: Situation,
): { readonly why: ReleaseReason; readonly to: NodeName | undefined } | undefined {
  if (situation.paused) return undefined;
  if (situation.cutOff) return { why: { kind: "cut-off" }, to: undefined };
  if (!situation.disowned) return undefined;
  const to = place(situation.facts, undefined).order.find((node) => node !== situation.self);
  return { why: { kind: "unfit", reasons: ownReasons(situation) }, to };
}

/** @param late which of its programs does not come up. @returns undefined: it stays */
export function departure(
  situation: Situation,
  { first, prepared, relieving }: Takers,
  late: LateStart | undefined,
): Departure | undefined {
  if (situation.paused) return undefined;
  const reasons = ownReasons(situation);
  if (first === undefined) return situation.mustStop ? { kind: "release", to: undefined, reasons } : undefined;
  if (situation.stopping) return { kind: "offer", handover: { to: first, cause: "stopping" } };
  if (reasons.some((reason) => !isOfPlacement(reason))) return { kind: "release", to: first, reasons };
  // Only who cannot serve any longer, or must not, leaves it to one that may lack the data.
  const to = situation.mustStop ? first : prepared;
  if (to === undefined) return undefined;
  if (situation.drained) return { kind: "offer", handover: { to, cause: "drain", ...drainer(situation) } };
  if (reasons.length > 0) return { kind: "offer", handover: { to, cause: "placement" } };
  return late === undefined || relieving === undefined ? undefined : lateDeparture(situation.now, late, relieving);
}

function lateDeparture(now: Instant, { program, from }: LateStart, to: NodeName): Departure {
  if (now < from) return { kind: "wait", until: { at: from, why: "start" } };
  return { kind: "release", to, reasons: [{ code: "program-not-ready", detail: program }] };
}

function drainer(situation: Situation): Pick<Handover, "by"> {
  const name = drainerOf(situation.self, situation);
  return name === undefined ? {} : { by: { kind: "rule", name } };
}

/** An offer that is not taken up within this time is withdrawn. */
const OFFER_PATIENCE: Duration = milliseconds(500);

export const offerOf = (now: Instant, handover: Handover): Offer => ({
  ...handover,
  deadline: after(now, OFFER_PATIENCE),
});

/** Whoever was to have it may have failed while it was being closed. */
export function reviewedClosing(stance: Stance & { readonly kind: "closing" }, { facts, self }: Situation): Stance {
  const { to } = stance.closing;
  if (to === undefined || facts.some(({ node, reasons }) => node === to && reasons.length === 0)) return stance;
  const next = place(facts, undefined).order.find((node) => node !== self);
  return { ...stance, closing: { ...stance.closing, to: next } };
}

/** What has become of an offer that was made with the holder's epoch. */
export function reviewedOffer(
  { now, claims, facts }: Situation,
  { to, deadline }: Offer,
  epoch: number,
): { readonly isOver: boolean; readonly declined: boolean } {
  const answer = claims.find(({ peer }) => peer === to)?.claim;
  const declined = answer?.state === "declined" && answer.epoch === epoch;
  return { isOver: declined || now >= deadline || !place(facts, undefined).order.includes(to), declined };
}
