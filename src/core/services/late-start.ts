/**
 * A holder whose programs have not come up since it took the service, though they had the time to.
 *
 * It serves nobody: who stands by and is ready takes nothing from anybody. What starts may hang, as one does that copies its
 * data from a node that died, and its own start timeout is made for the longest start there is.
 */
import { type Duration, type Instant, after, latest, seconds } from "../../base/time.js";
import { isOrderedMove } from "../../model/mover.js";
import type { NodeName } from "../../model/names.js";
import type { MoveReason } from "../../model/node-state.js";
import type { ProgramName } from "../../model/program.js";
import { isUnprepared } from "../../model/unfit-reasons.js";
import type { ServicePrograms } from "../supervision/service-programs.js";
import type { Holding } from "./stance.js";

/** How long most programs take at most. */
const START_USUAL: Duration = seconds(10);

/** Whoever ordered it there has so long to see it come up. */
const START_ORDERED: Duration = seconds(60);

export interface LateStart {
  readonly program: ProgramName;
  /** From when on its service is better off where it stands by. */
  readonly from: Instant;
}

/** @returns undefined: all have come up, what comes up runs on the holder only, or the one before left it for the same */
export function lateStart({ since, reason }: Holding, programs: ServicePrograms): LateStart | undefined {
  const { startingWarm: program } = programs;
  if (program === undefined || isForLateStart(reason)) return undefined;
  const patience = isOrderedMove(reason) ? START_ORDERED : START_USUAL;
  return { program: program.name, from: after(latest(since, program.since), patience) };
}

/** Whom to fail back to: nobody on whom it did not come up, and who left it to this holder for that. @param next who would be */
export const notLate = (next: NodeName | undefined, { reason }: Holding): NodeName | undefined =>
  isForLateStart(reason) && reason.from === next ? undefined : next;

/** A promotion that begins a program anew takes long on each node, and each time: it would be thrown to and fro. */
const isForLateStart = (reason: MoveReason): reason is MoveReason & { readonly kind: "holder-unfit" } =>
  reason.kind === "holder-unfit" && reason.reasons.some(isUnprepared);
