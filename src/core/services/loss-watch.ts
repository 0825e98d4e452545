/**
 * What a holder makes of the loss of its network.
 *
 * A switch that restarts takes the link from every node within moments. An address follows the first of them that still
 * has one, which costs nothing. Programs that would have to end for it are given the time in which the others notice what
 * befell them too, so that nothing ends for the sake of a node that is no better off.
 */
import { type Instant, after } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { ReleaseReason } from "../../model/note.js";
import { isLoss } from "../../model/unfit-reasons.js";
import type { Departure } from "./departure.js";
import type { Situation } from "./situation.js";

export class LossWatch {
  #since: Instant | undefined;
  /** What was let go for a loss, and for whom. */
  #left: { readonly epoch: number; readonly to: NodeName } | undefined;

  /** @returns what it does: it waits while it is not sure that another node is better off */
  review(leave: Departure | undefined, { now, patience }: Situation, endsPrograms: boolean): Departure | undefined {
    const isForLoss = leave?.kind === "release" && leave.to !== undefined && leave.reasons.every(isLoss);
    if (!isForLoss || !endsPrograms) {
      this.#since = undefined;
      return leave;
    }
    this.#since ??= now;
    const until = after(this.#since, patience);
    return now < until ? { kind: "wait", until: { at: until, why: "loss" } } : leave;
  }

  leave(why: ReleaseReason, epoch: number, to: NodeName | undefined): void {
    this.#since = undefined;
    const isForLoss = why.kind === "unfit" && why.reasons.every(isLoss);
    this.#left = isForLoss && to !== undefined ? { epoch, to } : undefined;
  }

  /** For whom what was held with this epoch was let go, for a loss; undefined: it was not. */
  leftTo(epoch: number): NodeName | undefined {
    return this.#left?.epoch === epoch ? this.#left.to : undefined;
  }
}
