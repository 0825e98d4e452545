import { type Duration, seconds } from "../../base/time.js";
import type { Instant } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import { later } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Acquaintances } from "./acquaintances.js";

/** Whoever could not be heard for so long is not just about to be. */
const LINKED_FOR: Duration = seconds(1);

/**
 * A holder leaves its service on the wire only to a node that it cannot hear: one that stood still, between which and this
 * node packets got through all the time, is heard as soon as it goes on, and then lets go itself.
 */
export class WireTies implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #acquaintances: Acquaintances;

  constructor(site: Site, verdict: Verdict, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#acquaintances = acquaintances;
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.note.code !== "service.released") continue;
      const { service, why } = effect.note;
      if (why.kind !== "outranked-on-wire" || !this.#isWithinReach(host, why.by)) continue;
      this.#verdict.broken("wire-tie", `${host.name} leaves ${service} to ${why.by}, which runs and could be heard`);
    }
  }

  #isWithinReach(host: SimHost, by: NodeName): boolean {
    const pair = this.#acquaintances.pairs.find(
      ({ a, b }) => (a === host && b.name === by) || (b === host && a.name === by),
    );
    if (pair?.linkedSince === undefined || !pair.a.isRunning || !pair.b.isRunning) return false;
    return this.#site.world.now >= later(pair.linkedSince, LINKED_FOR);
  }
}
