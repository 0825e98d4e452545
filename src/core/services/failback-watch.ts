/** Keeps account of a node that is preferred to the holder and could take the service: the one to fail back to. */
import { type Instant, after } from "../../base/time.js";
import type { Failback, ServiceConfig } from "../../model/cluster.js";
import type { NodeName } from "../../model/names.js";
import { isFull } from "../../model/unfit-reasons.js";
import type { Effects } from "../effects.js";
import type { CandidateFacts } from "../placement/place.js";
import { preferenceOf } from "./seniority.js";
import type { Situation } from "./situation.js";

export class FailbackWatch {
  #better: { readonly node: NodeName; readonly since: Instant } | undefined;
  /** A preferred node that an operator moved the service away from: no failback until it was away. */
  #heldFor: NodeName | undefined;
  /** A preferred node that has not the room, as was said already. */
  #refusedBy: NodeName | undefined;

  /** A holding begins. @param movedFrom whom an operator moved it away from, if he did */
  begin(movedFrom: NodeName | undefined): void {
    this.#better = undefined;
    this.#heldFor = movedFrom;
  }

  /** @param next the node that would take the service first */
  review(situation: Situation, config: ServiceConfig, next: NodeName | undefined, effects: Effects): void {
    this.#tellRefusal(situation, config, effects);
    if (next === undefined || !isBetter(next, situation, config)) this.begin(undefined);
    else if (this.#better?.node !== next) this.#better = { node: next, since: situation.now };
  }

  #tellRefusal(situation: Situation, config: ServiceConfig, effects: Effects): void {
    const isMeant = config.failback.kind !== "never" && !situation.paused;
    const refusing = isMeant ? situation.facts.find((each) => isRefusing(each, situation, config)) : undefined;
    const isNews = refusing !== undefined && refusing.node !== this.#refusedBy;
    this.#refusedBy = refusing?.node;
    if (!isNews || refusing.node === this.#heldFor) return;
    const { node: to, reasons } = refusing;
    effects.note({ code: "service.move-refused", service: config.name, to, cause: "failback", reasons });
  }

  /** Whom to fail back to, and from when on. */
  due(failback: Failback): { readonly to: NodeName; readonly at: Instant } | undefined {
    if (failback.kind === "never" || this.#better === undefined || this.#heldFor === this.#better.node)
      return undefined;
    return { to: this.#better.node, at: after(this.#better.since, failback.delay) };
  }
}

/** It would be failed back to, if it had the room. */
const isRefusing = ({ node, reasons }: CandidateFacts, { self }: Situation, config: ServiceConfig): boolean =>
  preferenceOf(node, config) < preferenceOf(self, config) && reasons.length > 0 && reasons.every(isFull);

/** Nothing is ended for a node that was fit before it was silent, and may not be now. */
const isBetter = (node: NodeName, { self, facts, hasSpoken, isStateOld }: Situation, config: ServiceConfig): boolean =>
  preferenceOf(node, config) < preferenceOf(self, config) &&
  hasSpoken(node) &&
  !isStateOld(node) &&
  facts.some((each) => each.node === node && each.reasons.length === 0);
