import { type Duration, microseconds } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect } from "../../model/node-io.js";
import type { WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { KernelEvent } from "../kernel.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { claimOf, presentOf, roundMax, serviceOf } from "./truth.js";

interface Pair {
  readonly a: SimHost;
  readonly b: SimHost;
  /** Since when the two can hear each other without a break. */
  heardSince: WorldTime | undefined;
  /** Since when they hold a service together. */
  readonly heldSince: Map<ServiceName, WorldTime>;
}

/**
 * Never two nodes that hold one service, and have heard each other, for longer than a round. "Have heard" is judged by
 * the world's truth: over a calm network that has worked both ways since, for two agents that both ran all the time.
 */
export class DualHolder implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  readonly #pairs: readonly Pair[];
  /** Something happened since the last look that may change who hears whom, or who holds what. */
  #linksChanged = true;
  #holdsChanged = true;

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
    this.#pairs = site.hosts.flatMap((a) =>
      site.hosts.slice(a.index + 1).map((b) => ({ a, b, heardSince: undefined, heldSince: new Map() })),
    );
  }

  faultBegan(): void {
    this.#linksChanged = true;
  }

  faultEnded(): void {
    this.#linksChanged = true;
  }

  healed(): void {
    this.#linksChanged = true;
  }

  agentStarted(): void {
    this.#linksChanged = true;
  }

  agentEnded(): void {
    this.#linksChanged = true;
    this.#holdsChanged = true;
  }

  kernelSaid(_host: SimHost, event: KernelEvent): void {
    if (event.kind === "link-changed" || event.kind === "link-removed") this.#linksChanged = true;
    else this.#holdsChanged = true;
  }

  performed(_host: SimHost, effect: NodeEffect): void {
    if (effect.kind === "publish-bulletin") this.#holdsChanged = true;
  }

  looked(): void {
    const isRestless = this.#site.segments.some((segment) => !segment.isCalm(this.#site.world.now));
    if (this.#linksChanged || isRestless) for (const pair of this.#pairs) this.#updateHearing(pair);
    if (this.#holdsChanged) for (const pair of this.#pairs) this.#updateHolds(pair);
    this.#linksChanged = isRestless;
    this.#holdsChanged = false;
    for (const pair of this.#pairs) if (pair.heldSince.size > 0) this.#judge(pair);
  }

  #updateHearing(pair: Pair): void {
    const { a, b } = pair;
    const canHear =
      a.isRunning &&
      b.isRunning &&
      this.#site.heartbeatSegments.some(
        (segment) =>
          this.#site.segment(segment).isCalm(this.#site.world.now) && this.#site.linked(a.index, b.index, segment),
      );
    pair.heardSince = canHear ? (pair.heardSince ?? this.#site.world.now) : undefined;
  }

  #updateHolds({ a, b, heldSince }: Pair): void {
    for (const name of heldSince.keys()) if (!holds(a, name) || !holds(b, name)) heldSince.delete(name);
    for (const { name } of this.#site.cluster.services) {
      if (!heldSince.has(name) && holds(a, name) && holds(b, name)) heldSince.set(name, this.#site.world.now);
    }
  }

  #judge(pair: Pair): void {
    const { a, b } = pair;
    // Whoever reads what came during a long absence has not heard of it yet.
    const isBehind = a.agent?.isBehind === true || b.agent?.isBehind === true;
    if (isBehind && pair.heardSince !== undefined) pair.heardSince = this.#site.world.now;
    const { heardSince } = pair;
    if (heardSince === undefined) return;
    for (const [service, heldSince] of pair.heldSince) {
      const bound = heldSince > heardSince ? this.#round(a, b) : this.#meeting(a, b);
      if (this.#site.world.now - Math.max(heardSince, heldSince) <= bound) continue;
      this.#verdict.broken(
        "one-holder",
        `${a.name} and ${b.name} both hold ${service} and have heard each other for more than ${bound / 1_000} ms`,
      );
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
