/**
 * Peers that answered that this node is not in their cluster file.
 *
 * They neither hear this node nor are heard by it, so its view of who holds what is worth nothing: it holds nothing
 * while one of them lives. They repeat their answer as long as they run; one that has not for a while counts no longer.
 */
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";

/** Peers are asked at least every other second; some of the answers may be lost. */
const MEMORY: Duration = seconds(10);

export class Disowners {
  readonly #until = new Map<NodeName, Instant>();

  get names(): readonly NodeName[] {
    return [...this.#until.keys()];
  }

  /** @returns false when it had said so already. */
  heard(now: Instant, peer: NodeName): boolean {
    const isNew = !this.#until.has(peer);
    this.#until.set(peer, after(now, MEMORY));
    return isNew;
  }

  /** The peer knows this node, or is no peer any more. @returns whether that is news. */
  forget(peer: NodeName): boolean {
    return this.#until.delete(peer);
  }

  /** @returns whether anybody counts no longer. */
  expire(now: Instant): boolean {
    const over = [...this.#until].filter(([, until]) => until <= now);
    for (const [peer] of over) this.#until.delete(peer);
    return over.length > 0;
  }

  get nextExpiry(): Instant | undefined {
    const all = [...this.#until.values()];
    return all.length === 0 ? undefined : (Math.min(...all) as Instant);
  }
}
