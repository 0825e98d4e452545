/**
 * Peers of which something was noticed lately. One counts once it was noticed often enough, and until what was noticed
 * is too long ago.
 */
import type { Instant } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";

interface Notice {
  readonly times: number;
  readonly until: Instant;
}

export class RecentPeers {
  readonly #times: number;
  /** Bounded: only nodes of the configuration are noticed. */
  readonly #noticed = new Map<NodeName, Notice>();

  /** @param times how often a peer must be noticed, each time before the time before is forgotten, to count */
  constructor(times = 1) {
    this.#times = times;
  }

  /** Those that count. */
  get names(): readonly NodeName[] {
    return [...this.#noticed.keys()].filter((peer) => this.has(peer));
  }

  /** Whether the peer counts. */
  has(peer: NodeName): boolean {
    return (this.#noticed.get(peer)?.times ?? 0) >= this.#times;
  }

  /**
   * @param until when it is forgotten, if it is not noticed again
   * @returns whether the peer counts from now on, and did not before.
   */
  notice(peer: NodeName, until: Instant): boolean {
    const times = (this.#noticed.get(peer)?.times ?? 0) + 1;
    this.#noticed.set(peer, { times, until });
    return times === this.#times;
  }

  /** It is so no longer. @returns whether the peer counted. */
  forget(peer: NodeName): boolean {
    const counted = this.has(peer);
    this.#noticed.delete(peer);
    return counted;
  }

  /** Forgets those that are no peers any more. */
  keep(peers: readonly NodeName[]): void {
    for (const peer of this.#noticed.keys()) if (!peers.includes(peer)) this.forget(peer);
  }

  /** @returns whether anybody counts no longer. */
  expire(now: Instant): boolean {
    const over = [...this.#noticed].filter(([, { until }]) => until <= now);
    return over.map(([peer]) => this.forget(peer)).includes(true);
  }

  get nextExpiry(): Instant | undefined {
    const all = [...this.#noticed.values()].map(({ until }) => until);
    return all.length === 0 ? undefined : (Math.min(...all) as Instant);
  }
}
