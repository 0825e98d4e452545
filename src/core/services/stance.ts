/** How a node stands to one service, and what its bulletin says of letting go. */
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { ClaimBrief, HandoverCause } from "../../model/heartbeat.js";
import { type NodeName, wireId } from "../../model/names.js";
import type { MoveReason } from "../../model/node-state.js";
import type { ReleaseReason } from "../../model/note.js";

/** How long a release, or the answer to an offer, stays in the bulletin. */
export const WORD_STAYS: Duration = seconds(2);

export interface Holding {
  readonly epoch: number;
  readonly since: Instant;
  readonly reason: MoveReason;
}

/** Who held a service last, and since when this node has known that. */
export interface LastHold {
  readonly node: NodeName;
  readonly epoch: number;
  readonly since: Instant;
}

export type Stance =
  | { readonly kind: "standby" }
  | ({ readonly kind: "holding" } & Holding)
  | ({ readonly kind: "offering"; readonly offer: Offer } & Holding)
  | ({ readonly kind: "closing"; readonly closing: Closing } & Holding);

export interface Offer {
  readonly to: NodeName;
  readonly cause: HandoverCause;
  readonly deadline: Instant;
}

/** What is on its way off this machine before it is let go. */
export interface Closing {
  readonly why: ReleaseReason;
  /** Who shall claim it then. */
  readonly to: NodeName | undefined;
  /** Of the holder's own accord: it keeps the service if something of it cannot be ended. */
  readonly isFree: boolean;
}

/** What a holder began to let go of by its own accord, it may be made to let go of. */
export const forced = (stance: Stance & { readonly kind: "closing" }, { isFree }: Closing): Stance =>
  isFree ? stance : { ...stance, closing: { ...stance.closing, isFree } };

/** Something said once, that stays in the bulletin for a while. */
export interface Word {
  readonly brief: ClaimBrief;
  readonly until: Instant;
}

/** @param repeats a peer that did not hear of what this node left to it shall hear of that epoch when they meet */
export function wordAt(now: Instant, word: Word | undefined, repeats: boolean): Word | undefined {
  if (word === undefined || now < word.until) return word;
  return repeats ? { ...word, until: after(now, WORD_STAYS) } : undefined;
}

/** Another node holds it already, as it has every right to. */
export const HAS_BEGUN_ELSEWHERE: ReadonlySet<ReleaseReason["kind"]> = new Set(["outranked", "outranked-on-wire"]);

/** What a holder's bulletin says. Of a closing it says nothing: who hears of an offer takes it up at once. */
export function claimOf(service: number, stance: Stance): ClaimBrief | undefined {
  if (stance.kind === "standby") return undefined;
  const { epoch } = stance;
  if (stance.kind !== "offering") return { service, epoch, state: "holding", target: 0, cause: "none" };
  return { service, epoch, state: "offering", target: wireId(stance.offer.to), cause: stance.offer.cause };
}

/** What the bulletin says of a release. */
export function causeOf(why: ReleaseReason): HandoverCause {
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
