/** How a node stands to one service. */
import type { Instant } from "../../base/time.js";
import type { HandoverCause } from "../../model/heartbeat.js";
import type { Mover } from "../../model/mover.js";
import type { NodeName } from "../../model/names.js";
import type { MoveReason } from "../../model/node-state.js";
import type { ReleaseReason } from "../../model/note.js";

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

/** To whom a holder gives its service of its own accord. */
export interface Handover {
  readonly to: NodeName;
  readonly cause: HandoverCause;
  /** Whose order it is; absent: an operator's, or nobody's. */
  readonly by?: Mover;
}

export interface Offer extends Handover {
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

/** Another node holds it already, as it has every right to. */
export const HAS_BEGUN_ELSEWHERE: ReadonlySet<ReleaseReason["kind"]> = new Set(["outranked", "outranked-on-wire"]);
