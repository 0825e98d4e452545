/**
 * How a holder gives its service away of its own accord: whether it offers it, and serves until the other has it, or lets
 * go of it at once. Not what others make it do: later claims, a cut network.
 */
import type { HandoverCause } from "../../model/heartbeat.js";
import type { NodeName } from "../../model/names.js";
import { type UnfitReason, isOfPlacement } from "../../model/node-state.js";
import { type Situation, ownReasons } from "./situation.js";

export type Departure =
  | { readonly kind: "offer"; readonly to: NodeName; readonly cause: HandoverCause }
  /** `to` shall claim it; undefined: nobody can. */
  | { readonly kind: "release"; readonly to: NodeName | undefined; readonly reasons: readonly UnfitReason[] };

/** @param next who could take it; undefined when nobody can. @returns undefined: it stays */
export function departure(situation: Situation, next: NodeName | undefined): Departure | undefined {
  if (situation.paused) return undefined;
  const reasons = ownReasons(situation);
  if (next === undefined) return situation.mustStop ? { kind: "release", to: undefined, reasons } : undefined;
  if (situation.stopping) return { kind: "offer", to: next, cause: "stopping" };
  if (reasons.some((reason) => !isOfPlacement(reason))) return { kind: "release", to: next, reasons };
  if (situation.drained) return { kind: "offer", to: next, cause: "drain" };
  return reasons.length > 0 ? { kind: "offer", to: next, cause: "placement" } : undefined;
}
