import type { WorldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";
import type { Stirrings } from "./stirrings.js";

/** What two hosts can know of each other, by the world's truth. */
export interface Acquaintance {
  readonly a: SimHost;
  readonly b: SimHost;
  /** Since when the two can hear each other without a break. */
  heardSince: WorldTime | undefined;
  /** Since when each third one can hear both, and both can hear it, without a break. */
  readonly toldSince: Map<SimHost, WorldTime>;
}

/**
 * Keeps account of who can hear whom: over a calm network that works both ways, between two agents that both run. Whoever
 * reads what came during a long absence has not heard of it yet.
 */
export class Acquaintances implements Observer {
  readonly #site: Site;
  readonly pairs: readonly Acquaintance[];
  readonly #stirrings: Stirrings;
  /** How many there had been at the last look; undefined: it was a restless one. */
  #seen: number | undefined;

  constructor(site: Site, stirrings: Stirrings) {
    this.#site = site;
    this.#stirrings = stirrings;
    this.pairs = site.hosts.flatMap((a) =>
      site.hosts.slice(a.index + 1).map((b) => ({ a, b, heardSince: undefined, toldSince: new Map() })),
    );
  }

  looked(): void {
    const isRestless = this.#site.segments.some((segment) => !segment.isCalm(this.#site.world.now));
    const { ofLinks } = this.#stirrings;
    if (this.#seen !== ofLinks || isRestless) for (const pair of this.pairs) this.#update(pair);
    this.#seen = isRestless ? undefined : ofLinks;
    for (const pair of this.pairs) this.#excuse(pair);
  }

  #update(pair: Acquaintance): void {
    const { a, b, toldSince } = pair;
    const { now } = this.#site.world;
    pair.heardSince = this.#canHear(a, b) ? (pair.heardSince ?? now) : undefined;
    for (const third of this.#site.hosts) {
      const canTell = third !== a && third !== b && this.#canHear(a, third) && this.#canHear(third, b);
      if (!canTell) toldSince.delete(third);
      else if (!toldSince.has(third)) toldSince.set(third, now);
    }
  }

  #canHear(a: SimHost, b: SimHost): boolean {
    return (
      a.isRunning &&
      b.isRunning &&
      this.#site.heartbeatSegments.some(
        (segment) =>
          this.#site.segment(segment).isCalm(this.#site.world.now) && this.#site.linked(a.index, b.index, segment),
      )
    );
  }

  #excuse(pair: Acquaintance): void {
    const { now } = this.#site.world;
    const isBehind = pair.a.agent?.isBehind === true || pair.b.agent?.isBehind === true;
    if (isBehind && pair.heardSince !== undefined) pair.heardSince = now;
    for (const third of pair.toldSince.keys()) {
      if (isBehind || third.agent?.isBehind === true) pair.toldSince.set(third, now);
    }
  }
}

/** Since when somebody could tell the two of each other; infinity: nobody can. */
export const toldSince = ({ toldSince: since }: Acquaintance): number => Math.min(...since.values());

/** Whether all agents run, by the newest file, over a calm network, and have heard each other since a time. */
export const areAcquainted = (site: Site, { pairs }: Acquaintances, since: WorldTime): boolean =>
  site.segments.every((segment) => segment.isCalm(site.world.now)) &&
  site.hosts.every((host) => host.isRunning && host.agent?.isDoomed === false && host.cluster === site.cluster) &&
  pairs.every(({ heardSince }) => heardSince !== undefined && heardSince < since);
