import { type Duration, microseconds } from "../../base/time.js";
import type { WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Verdict } from "../verdict.js";
import { claimOf, presentOf, roundMax, serviceOf } from "./truth.js";

/**
 * Never two nodes that hold one service, and have heard each other, for longer than a round. "Have heard" is judged by
 * the world's truth: over a calm network that has worked both ways since, for two agents that both ran all the time.
 */
export class DualHolder implements Observer {
  readonly #site: Site;
  readonly #verdict: Verdict;
  /** Since when a pair of hosts can hear each other without a break. */
  readonly #heardSince = new Map<string, WorldTime>();
  /** Since when a pair holds a service together. */
  readonly #heldSince = new Map<string, WorldTime>();

  constructor(site: Site, verdict: Verdict) {
    this.#site = site;
    this.#verdict = verdict;
  }

  looked(): void {
    const { hosts } = this.#site;
    for (const a of hosts) for (const b of hosts.slice(a.index + 1)) this.#look(a, b);
  }

  #look(a: SimHost, b: SimHost): void {
    const pair = `${a.index} ${b.index}`;
    const heardSince = this.#keep(this.#heardSince, pair, this.#canHear(a, b));
    for (const { name } of this.#site.cluster.services) {
      const heldSince = this.#keep(this.#heldSince, `${pair} ${name}`, holds(a, name) && holds(b, name));
      if (heardSince === undefined || heldSince === undefined) continue;
      const both = Math.max(heardSince, heldSince);
      const bound = heldSince > heardSince ? this.#round(a, b) : this.#meeting(a, b);
      if (this.#site.world.now - both > bound) this.#report(a, b, name, bound);
    }
  }

  #keep(since: Map<string, WorldTime>, key: string, isSo: boolean): WorldTime | undefined {
    if (!isSo) since.delete(key);
    else if (!since.has(key)) since.set(key, this.#site.world.now);
    return since.get(key);
  }

  #canHear(a: SimHost, b: SimHost): boolean {
    if (!a.isRunning || !b.isRunning) return false;
    return this.#site.heartbeatSegments.some(
      (segment) => this.#site.segment(segment).isCalm && this.#site.linked(a.index, b.index, segment),
    );
  }

  #round(a: SimHost, b: SimHost): Duration {
    return microseconds(Math.max(roundMax(this.#site, a, b), roundMax(this.#site, b, a)));
  }

  /** Two that could not hear each other need a packet each way before they believe what the third one says. */
  #meeting(a: SimHost, b: SimHost): Duration {
    return microseconds(3 * this.#round(a, b));
  }

  #report(a: SimHost, b: SimHost, service: string, bound: Duration): void {
    this.#verdict.broken(
      "one-holder",
      `${a.name} and ${b.name} both hold ${service} and have heard each other for more than ${bound / 1_000} ms`,
    );
  }
}

/** The decisions say so, and the kernel has an address. */
function holds(host: SimHost, name: Parameters<typeof claimOf>[1]): boolean {
  const service = serviceOf(host, name);
  return service !== undefined && claimOf(host, name) !== undefined && presentOf(host, service).length > 0;
}
