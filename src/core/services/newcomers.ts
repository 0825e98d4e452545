/**
 * Nodes that become fit for a service while nobody holds it. What kept them from it may end for several at the same moment,
 * as when a switch is back or a ban is over, and each knows that of itself before it hears so of the others: all of them
 * would be the first in order, and take it.
 *
 *     unfit ──▶ fit ──▶ one patience, in which its state and the others' get through ──▶ the turns begin, in order
 *
 * So nobody takes the service before those that come before it in order, and itself, have been fit for so long. Whoever is
 * fit when the service loses its holder was known to be so, and waits for nothing; nor does a node that hears nobody else
 * who may hold it. A node before it that is fit now and then postpones its turn, but not for ever.
 *
 * It only remembers since when; who is fit, and in what order, is decided elsewhere (placement/place.ts).
 */
import { type Instant, after, earliest, latest } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import { type UnfitReason, isAway, isShared, isSoft } from "../../model/unfit-reasons.js";
import { listeningSpan } from "../membership/listening.js";
import type { CandidateFacts } from "../placement/place.js";
import type { Situation } from "./situation.js";

type Company = Pick<Situation, "self" | "facts" | "patience">;

export class Newcomers {
  /** Who was kept from it when it was last looked at. */
  readonly #kept = new Set<NodeName>();
  readonly #fitSince = new Map<NodeName, Instant>();

  /** Nobody holds the service, be it that it may not be taken now. */
  observe({ now, facts }: Pick<Situation, "now" | "facts">): void {
    for (const { node, reasons } of facts) {
      if (reasons.some(isObstacle)) {
        this.#kept.add(node);
        this.#fitSince.delete(node);
      } else if (this.#kept.delete(node)) this.#fitSince.set(node, now);
    }
  }

  /**
   * When this node may take it, if none of those before it does.
   * @param vacantSince the same where nobody is waited for
   */
  turnsFrom(situation: Company, before: readonly NodeName[], vacantSince: Instant): Instant {
    const { self, facts, patience } = situation;
    if (this.#fitSince.size === 0 || !facts.some((each) => each.node !== self && isHeard(each))) return vacantSince;
    const knownAt = (node: NodeName): Instant => {
      const since = this.#fitSince.get(node);
      return since === undefined ? vacantSince : after(since, patience);
    };
    const own = latest(vacantSince, knownAt(self));
    return earliest(before.map(knownAt).reduce(latest, own), after(own, listeningSpan(patience)));
  }

  /** Somebody holds it. */
  end(): void {
    this.#kept.clear();
    this.#fitSince.clear();
  }
}

/** What every node hears of at the same time keeps nobody waiting when it is over. */
const isObstacle = (reason: UnfitReason): boolean => !isSoft(reason) && !isShared(reason);
const isHeard = ({ reasons }: CandidateFacts): boolean => !reasons.some(isAway);
