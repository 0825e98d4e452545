/**
 * How a holder gives its service away of its own accord: whether it offers it, and serves until the other has it, or lets
 * go of it at once. Not what others make it do: later claims, a cut network.
 */
import { type Duration, type Instant, after, milliseconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import { type UnfitReason, isOfPlacement } from "../../model/unfit-reasons.js";
import { place } from "../placement/place.js";
import { type Situation, drainerOf, ownReasons } from "./situation.js";
import type { Takers } from "./succession.js";
import type { Handover, Offer, Stance } from "./stance.js";

export type Departure =
  | { readonly kind: "offer"; readonly handover: Handover }
  /** `to` shall claim it; undefined: nobody can. */
  | { readonly kind: "release"; readonly to: NodeName | undefined; readonly reasons: readonly UnfitReason[] };

/** @returns undefined: it stays */
export function departure(situation: Situation, { first, prepared }: Takers): Departure | undefined {
  if (situation.paused) return undefined;
  const reasons = ownReasons(situation);
  if (first === undefined) return situation.mustStop ? { kind: "release", to: undefined, reasons } : undefined;
  if (situation.stopping) return { kind: "offer", handover: { to: first, cause: "stopping" } };
  if (reasons.some((reason) => !isOfPlacement(reason))) return { kind: "release", to: first, reasons };
  // Only who cannot serve any longer, or must not, leaves it to one that may lack the data.
  const to = situation.mustStop ? first : prepared;
  if (to === undefined) return undefined;
  if (situation.drained) return { kind: "offer", handover: { to, cause: "drain", ...drainer(situation) } };
  return reasons.length > 0 ? { kind: "offer", handover: { to, cause: "placement" } } : undefined;
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
