/**
 * What one service's decision is made from, put together by the node for one moment. Plain values, no behaviour.
 */
import type { Duration, Instant } from "../../base/time.js";
import type { ClaimBrief, HandoverCause } from "../../model/heartbeat.js";
import type { Mover } from "../../model/mover.js";
import type { NodeName } from "../../model/names.js";
import type { MoveReason } from "../../model/node-state.js";
import type { ReleaseReason } from "../../model/note.js";
import { type RuleName, ruleName } from "../../model/rule.js";
import {
  type UnfitReason,
  isAgainstMoves,
  isOfOrder,
  isOfPlacement,
  isSoft,
  isUnprepared,
} from "../../model/unfit-reasons.js";
import type { HeardClaim, Peer } from "../membership/membership.js";
import type { CandidateFacts } from "../placement/place.js";
import { byRule } from "./halts.js";

export type Absence = "silent" | "crashed" | "left" | "fenced" | "alive";

export function absenceOf(peer: Peer | undefined, isFenced: boolean): Absence {
  if (isFenced && peer?.condition !== "up") return "fenced";
  if (peer?.crashed === true) return "crashed";
  if (peer?.condition === "leaving") return "left";
  return peer?.condition === "up" ? "alive" : "silent";
}

export interface Situation {
  readonly now: Instant;
  readonly self: NodeName;
  readonly paused: boolean;
  /** In a pause: a machine without an agent may have it still. */
  readonly isKept: () => boolean;
  readonly stopping: boolean;
  /** So it is, and its programs are not to outlive it, as they do in a pause. */
  readonly leaving: boolean;
  /** This node has not yet had time to hear who holds what. */
  readonly starting: boolean;
  /** One of the service's nodes is heard again, and may hold the service: it has not said yet. */
  readonly awaitsWord: boolean;
  /** No peer is heard and no ping target answers: the others are not gone, this node is. */
  readonly cutOff: boolean;
  /** Or so it seems, and the next answer of a target, or its lack, will tell. */
  readonly mayBeCutOff: boolean;
  /** A living peer does not know this node: what it hears is not all that there is. */
  readonly disowned: boolean;
  readonly drained: boolean;
  /** Nobody may take it before the node is fenced to which it is bound. */
  readonly awaitsFencing: boolean;
  /** An operator or a rule stopped the service: that is why its holder lets go. */
  readonly halted: ReleaseReason | undefined;
  /** Number of the last order to start it, here or elsewhere; 0: there was none, or it was stopped since. */
  readonly startOrder: number;
  /** The rule that gave it; undefined: an operator did, or there was none. */
  readonly startedBy: RuleName | undefined;
  /** The service's nodes in the order of preference, with what speaks against each. */
  readonly facts: readonly CandidateFacts[];
  readonly claims: readonly HeardClaim[];
  /** Since when the first of them could take the service, where its place depends on other services. */
  readonly turnSince: Instant | undefined;
  /** Other services need the room, or it lacks what it needs: it is not to be held here, even if nobody else can. */
  readonly mustStop: boolean;
  /** Whether it is known what a peer claims. */
  readonly speaks: (node: NodeName) => boolean;
  /** Whether a peer has said what it claims since it was silent last. */
  readonly hasSpoken: (node: NodeName) => boolean;
  /** Whether a peer has said that it goes by the same file. */
  readonly hasRead: (node: NodeName) => boolean;
  /** Whether a peer that is back has not sent its present state yet: what speaks against it is from before. */
  readonly isStateOld: (node: NodeName) => boolean;
  /** How long the next in order waits for the one before it to claim a vacant service. */
  readonly patience: Duration;
  /** Whose order it is, or was, that a peer gives it away, which holds it with that epoch; undefined: it has not said. */
  readonly mover: (node: NodeName, epoch: number) => Mover | undefined;
  /** What became of a node that no longer claims the service. */
  readonly absence: (node: NodeName) => Absence;
}

/** Reasons of this node that keep it from holding, apart from an operator's wish to drain it. */
export function ownReasons(situation: Situation): readonly UnfitReason[] {
  const own = situation.facts.find((each) => each.node === situation.self);
  if (own === undefined) return [{ code: "not-configured" }];
  return own.reasons.filter((reason) => !isOfOrder(reason) && !isSoft(reason));
}

/** Reasons of this node not to take what a peer offers it. */
export function reasonsToDecline(situation: Situation, cause: HandoverCause): readonly UnfitReason[] {
  const isChoice = CHOICES.has(cause);
  const own = situation.facts.find(({ node }) => node === situation.self)?.reasons ?? [];
  return [
    ...ownReasons(situation),
    ...(isChoice ? own.filter(isAgainstMoves) : []),
    ...(situation.stopping ? [{ code: "node-leaving" } as const] : []),
  ];
}

const CHOICES: ReadonlySet<HandoverCause> = new Set(["operator", "rule", "program", "failback"]);

/** The reason of a takeover from a holder whose bulletin names a cause. */
export function handedOver({ cause, epoch }: ClaimBrief, from: NodeName, situation: Situation): MoveReason {
  switch (cause) {
    case "operator":
    case "failback":
      return { kind: cause, from };
    case "rule":
    case "program":
      return namedMove({ kind: cause, from }, situation.mover(from, epoch));
    case "drain":
      return { kind: "holder-drained", from, ...byRule(drainerOf(from, situation)) };
    case "stopping":
      return { kind: "holder-left", from };
    case "placement":
      return { kind: cause, from, reasons: reasonsAgainst(from, situation).filter(isOfPlacement) };
    case "unfit":
    case "halted":
    case "none":
      return { kind: "holder-unfit", from, reasons: reasonsItGave(from, situation) };
  }
}

/** @param by who ordered it, as its former holder says */
export const namedMove = (move: MoveByOrder, by: Mover | undefined): MoveByOrder =>
  by?.kind === move.kind && move.by === undefined ? ({ ...move, by: by.name } as MoveByOrder) : move;

type MoveByOrder = Extract<MoveReason, { readonly kind: Mover["kind"] }>;

/** The reason to claim a service that nobody holds. */
export function vacancyReason(last: NodeName | undefined, situation: Situation): MoveReason {
  if (last === undefined) return { kind: "cluster-start" };
  if (last === situation.self) return { kind: "vacant", reasons: [] };
  switch (situation.absence(last)) {
    case "silent":
      return { kind: "holder-silent", from: last };
    case "crashed":
      return { kind: "holder-crashed", from: last };
    case "fenced":
      return { kind: "holder-fenced", from: last };
    case "left":
      return { kind: "holder-left", from: last };
    case "alive":
      return { kind: "vacant", from: last, reasons: reasonsOfLoss(last, situation) };
  }
}

/** The rule that drained a node; undefined: an operator did. */
export function drainerOf(node: NodeName, situation: Situation): RuleName | undefined {
  const by = reasonsAgainst(node, situation).find(isOfOrder)?.detail;
  return by === undefined ? undefined : ruleName(by);
}

/** Why a node no longer holds it: that its programs are no standby's yet comes of that. */
const reasonsOfLoss = (node: NodeName, situation: Situation): readonly UnfitReason[] =>
  reasonsAgainst(node, situation).filter((reason) => !isUnprepared(reason));

/** Why a holder gave it away. Nobody does so for what only lowers a node's place, but for programs that did not come up. */
export function reasonsItGave(node: NodeName, situation: Situation): readonly UnfitReason[] {
  const reasons = reasonsAgainst(node, situation);
  return reasons.every(isSoft) ? reasons.filter(isUnprepared) : reasonsOfLoss(node, situation);
}

export const reasonsAgainst = (node: NodeName, { facts }: Situation): readonly UnfitReason[] =>
  facts.find((each) => each.node === node)?.reasons ?? [];
