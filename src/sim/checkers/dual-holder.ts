import { type Duration, microseconds } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect } from "../../model/node-io.js";
import type { WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { KernelEvent } from "../kernel.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { type Acquaintance, type Acquaintances, toldSince } from "./acquaintances.js";
import { claimOf, presentOf, roundMax, serviceOf, tellingMax } from "./truth.js";

interface Pair {
  readonly acquaintance: Acquaintance;
  /** Since when they hold a service together. */
  readonly heldSince: Map<ServiceName, WorldTime>;
}

/**
 * Never two nodes that hold one service, and have heard each other, for longer than a round. "Have heard" is judged by
 * the world's truth: over a calm network that has worked both ways since, for two agents that both ran all the time.
 * Two that do not hear each other, but both hear a third one, must have been told of each other within a bound.
 */
export class DualHolder implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #pairs: readonly Pair[];
  /** Something happened since the last look that may change who holds what. */
  #holdsChanged = true;

  constructor(site: Site, verdict: Verdict, { pairs }: Acquaintances) {
    this.#site = site;
    this.#verdict = verdict;
    this.#pairs = pairs.map((acquaintance) => ({ acquaintance, heldSince: new Map() }));
  }

  agentEnded(): void {
    this.#holdsChanged = true;
  }

  kernelSaid(_host: SimHost, event: KernelEvent): void {
    if (event.kind !== "link-changed" && event.kind !== "link-removed") this.#holdsChanged = true;
  }

  performed(_host: SimHost, effect: NodeEffect): void {
    if (effect.kind === "publish-bulletin") this.#holdsChanged = true;
  }

  looked(): void {
    if (this.#holdsChanged) for (const pair of this.#pairs) this.#updateHolds(pair);
    this.#holdsChanged = false;
    for (const pair of this.#pairs) if (pair.heldSince.size > 0) this.#judge(pair);
  }

  #updateHolds({ acquaintance: { a, b }, heldSince }: Pair): void {
    for (const name of heldSince.keys()) if (!holds(a, name) || !holds(b, name)) heldSince.delete(name);
    for (const { name } of this.#site.cluster.services) {
      if (!heldSince.has(name) && holds(a, name) && holds(b, name)) heldSince.set(name, this.#site.world.now);
    }
  }

  #judge({ acquaintance, heldSince }: Pair): void {
    const { a, b, heardSince } = acquaintance;
    const { now } = this.#site.world;
    const told = toldSince(acquaintance);
    for (const [service, since] of heldSince) {
      const bound = heardSince === undefined || since > heardSince ? this.#round(a, b) : this.#meeting(a, b);
      const hearingDue = heardSince === undefined ? Infinity : Math.max(heardSince, since) + bound;
      const tellingDue = Math.max(told, since) + tellingMax(this.#site);
      if (now <= Math.min(hearingDue, tellingDue)) continue;
      const how = now > hearingDue ? "have heard each other" : "both hear a third one";
      const forMs = (now - Math.max(since, Math.min(heardSince ?? Infinity, told))) / 1_000;
      this.#verdict.broken("one-holder", `${a.name} and ${b.name} both hold ${service} and ${how} for ${forMs} ms`);
    }
  }

  #round(a: SimHost, b: SimHost): Duration {
    return microseconds(Math.max(roundMax(this.#site, a, b), roundMax(this.#site, b, a)));
  }

  /** Two that could not hear each other need a packet each way before they believe what the third one says. */
  #meeting(a: SimHost, b: SimHost): Duration {
    return microseconds(3 * this.#round(a, b));
  }
}

/** The decisions say so, and the kernel has an address. */
function holds(host: SimHost, name: ServiceName): boolean {
  const service = serviceOf(host, name);
  return service !== undefined && claimOf(host, name) !== undefined && presentOf(host, service).length > 0;
}
