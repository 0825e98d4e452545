import { microseconds } from "../../base/time.js";
import type { Instant } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import { later } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import type { Acquaintances } from "./acquaintances.js";
import type { Holdings } from "./holdings.js";
import { roundMax } from "./truth.js";

/**
 * A service that nobody held yet is taken by one of the nodes that hear each other: the others wait until they must have
 * heard of that, also where the cluster file brought it to all of them at the same moment.
 */
export class FirstClaims implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #holdings: Holdings;
  readonly #acquaintances: Acquaintances;

  constructor(site: Site, verdict: Verdict, holdings: Holdings, acquaintances: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#holdings = holdings;
    this.#acquaintances = acquaintances;
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "note" || effect.note.code !== "service.claimed") continue;
      const { service, reason } = effect.note;
      if (reason.kind === "cluster-start") this.#check(host, service);
    }
  }

  #check(host: SimHost, service: ServiceName): void {
    const { now } = this.#site.world;
    for (const { a, b, heardSince } of this.#acquaintances.pairs) {
      if ((a !== host && b !== host) || heardSince === undefined) continue;
      const other = a === host ? b : a;
      const meeting = microseconds(3 * Math.max(roundMax(this.#site, a, b), roundMax(this.#site, b, a)));
      if (this.#holdings.epochOf(other, service) === undefined || now <= later(heardSince, meeting)) continue;
      this.#verdict.broken(
        "first-claim",
        `${host.name} takes ${service} as if new, which ${other.name} has just taken`,
      );
    }
  }
}
