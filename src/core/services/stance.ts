/** How a node stands to one service. */
import type { Instant } from "../../base/time.js";
import type { HandoverCause } from "../../model/heartbeat.js";
import type { Mover } from "../../model/mover.js";
import type { NodeName } from "../../model/names.js";
import type { HoldCondition, MoveReason } from "../../model/node-state.js";
import type { ReleaseReason } from "../../model/note.js";
import type { ProgramRole } from "../../model/program.js";

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
  /** The addresses stay until the programs have ended that come after them. */
  readonly isClearing?: boolean;
}

/** Who shall have the service next, as its holder has decided. */
export function recipientIn(stance: Stance): NodeName | undefined {
  if (stance.kind === "offering") return stance.offer.to;
  return stance.kind === "closing" ? stance.closing.to : undefined;
}

/** Why a holder does not serve all of the service now; undefined: it does, or it has no programs that could tell. */
export function conditionIn(
  stance: Stance,
  programs: { readonly isEmpty: boolean; readonly failed: boolean; readonly ready: boolean },
  isActive: boolean,
): HoldCondition | undefined {
  if (stance.kind === "standby" || programs.isEmpty) return undefined;
  if (stance.kind === "closing") return "stopping";
  if (programs.failed) return "failed";
  return isActive && programs.ready ? undefined : "starting";
}

/** Of what it closes, something has to end before the addresses may go. */
export const isClearing = (stance: Stance): boolean => stance.kind === "closing" && stance.closing.isClearing === true;

/**
 * What the programs are wanted for.
 * @param standsBy those that run on standbys too shall run here while another node holds the service
 */
export function roleIn(stance: Stance, standsBy: boolean): ProgramRole | undefined {
  if (stance.kind === "holding" || stance.kind === "offering" || isClearing(stance)) return "holder";
  return standsBy ? "standby" : undefined;
}

/** Nothing has, or they cannot wait for it. */
export const cleared = (stance: Stance): Stance =>
  stance.kind === "closing" ? { ...stance, closing: { ...stance.closing, isClearing: false } } : stance;

/** What a holder began to let go of by its own accord, it may be made to let go of. */
export const forced = (stance: Stance & { readonly kind: "closing" }, { isFree }: Closing): Stance =>
  isFree ? stance : { ...stance, closing: { ...stance.closing, isFree } };

/** Another node holds it already, as it has every right to. */
export const HAS_BEGUN_ELSEWHERE: ReadonlySet<ReleaseReason["kind"]> = new Set(["outranked", "outranked-on-wire"]);

/** It could go on serving: programs may bring to an end what they do for their clients. */
export const IS_PLANNED: ReadonlySet<ReleaseReason["kind"]> = new Set(["handed-over", "halted", "stopping"]);
