/** What a node's bulletin and state say of one service, from how it stands to it. */
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { ClaimBrief, HandoverCause } from "../../model/heartbeat.js";
import { type Mover, type OrderedMove, byMover } from "../../model/mover.js";
import { type NodeName, type ServiceName, wireId } from "../../model/names.js";
import type { ReleaseReason } from "../../model/note.js";
import type { Stance } from "./stance.js";

/** How long a release, or the answer to an offer, stays in the bulletin. */
export const WORD_STAYS: Duration = seconds(2);

/** Something said once, that stays in the bulletin for a while. */
export interface Word {
  readonly brief: ClaimBrief;
  /** Whose order it was to let go. */
  readonly by?: Mover;
  readonly until: Instant;
}

/**
 * @param repeats a peer that did not hear of what this node left to it shall hear of that epoch when they meet, and no
 * longer of who was to claim it next
 */
export function wordAt(now: Instant, word: Word | undefined, repeats: boolean): Word | undefined {
  if (word === undefined || now < word.until) return word;
  return repeats ? { ...word, brief: { ...word.brief, target: 0 }, until: after(now, WORD_STAYS) } : undefined;
}

/** What a holder's bulletin says. Of a closing it says nothing: who hears of an offer takes it up at once. */
export function claimOf(service: number, stance: Stance): ClaimBrief | undefined {
  if (stance.kind === "standby") return undefined;
  const { epoch } = stance;
  if (stance.kind !== "offering") return { service, epoch, state: "holding", target: 0, cause: "none" };
  return { service, epoch, state: "offering", target: wireId(stance.offer.to), cause: stance.offer.cause };
}

/** What is said of a release. @param to who shall claim it next */
export function releaseWord(
  now: Instant,
  service: number,
  epoch: number,
  why: ReleaseReason,
  to: NodeName | undefined,
): Word {
  const target = to === undefined ? 0 : wireId(to);
  const brief: ClaimBrief = { service, epoch, state: "released", target, cause: causeOf(why) };
  return { brief, ...byMover(moverOf(why)), until: after(now, WORD_STAYS) };
}

function causeOf(why: ReleaseReason): HandoverCause {
  switch (why.kind) {
    case "handed-over":
      return why.cause;
    case "stopping":
    case "halted":
      return why.kind;
    default:
      return "unfit";
  }
}

/** What is said of an offer that this node does not take. */
export const declineWord = (now: Instant, offer: ClaimBrief, from: NodeName): Word => ({
  brief: { ...offer, state: "declined", target: wireId(from) },
  until: after(now, WORD_STAYS),
});

/** Whose order it was to let go; undefined: an operator's, or nobody's. */
const moverOf = (why: ReleaseReason): Mover | undefined => (why.kind === "handed-over" ? why.by : undefined);

/** The move by order that a node makes, or made just now, as the holder. */
export function orderedMoveOf(service: ServiceName, stance: Stance, word: Word | undefined): OrderedMove | undefined {
  switch (stance.kind) {
    case "offering":
      return moveBy(service, stance.epoch, stance.offer.by);
    case "closing":
      return moveBy(service, stance.epoch, moverOf(stance.closing.why));
    default:
      return word === undefined ? undefined : moveBy(service, word.brief.epoch, word.by);
  }
}

/**
 * A move by order that this node made, for a while after another one claimed the service: that one hears of the offer, and
 * takes it, before the state comes that says whose order it was.
 */
export class MadeMove {
  #made: { readonly move: OrderedMove; readonly until: Instant } | undefined;

  at(now: Instant): OrderedMove | undefined {
    return this.#made === undefined || this.#made.until <= now ? undefined : this.#made.move;
  }

  /** The service is let go of. @param move undefined: by nobody's order */
  end(now: Instant, move: OrderedMove | undefined): void {
    this.#made = move === undefined ? undefined : { move, until: after(now, WORD_STAYS) };
  }
}

const moveBy = (service: ServiceName, epoch: number, by: Mover | undefined): OrderedMove | undefined =>
  by === undefined ? undefined : { service, epoch, by };
