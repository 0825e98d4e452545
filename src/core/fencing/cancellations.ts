/**
 * Orders to fence that an operator took back. An order that one node could not carry out goes on to the next one, so that
 * several may have it: each cancellation is part of the state of the node that was told, and counts on all for what began
 * before it.
 */
import { type Duration, type Instant, after, between, latest, seconds } from "../../base/time.js";
import type { FenceCancellation } from "../../model/fencing.js";
import type { NodeName } from "../../model/names.js";

/** One that was away so long keeps its order: what it wants is told by its state, and may be taken back again. */
const LIFE: Duration = seconds(3_600);
/** What is heard twice comes a little later the second time. */
const TELLING: Duration = seconds(1);

interface Kept {
  readonly at: Instant;
  /** How often it was taken back here. */
  readonly count: number;
}

export class Cancellations {
  readonly #own = new Map<NodeName, Kept>();
  readonly #heard = new Map<NodeName, Instant>();

  add(now: Instant, node: NodeName): void {
    this.#own.set(node, { at: now, count: (this.#own.get(node)?.count ?? 0) + 1 });
  }

  /** What another node says now. */
  hear(received: Instant, told: readonly FenceCancellation[]): void {
    for (const { node, lasted } of told) {
      const at = after(received, -lasted as Duration);
      const known = this.#heard.get(node);
      if (known === undefined || between(known, at) > TELLING) this.#heard.set(node, at);
    }
  }

  /** Whether an order to fence the node that began at that time is taken back. */
  covers(node: NodeName, begun: Instant): boolean {
    const [own, heard] = [this.#own.get(node)?.at, this.#heard.get(node)];
    const last = own === undefined || heard === undefined ? (own ?? heard) : latest(own, heard);
    return last !== undefined && begun <= last;
  }

  /** For the peers. */
  briefs(now: Instant): readonly FenceCancellation[] {
    return [...this.#own]
      .filter(([, { at }]) => between(at, now) < LIFE)
      .map(([node, { at, count }]) => ({ node, count, lasted: between(at, now) }));
  }

  /** @param names nodes of the file */
  forgetOthers(names: readonly NodeName[]): void {
    for (const kept of [this.#own, this.#heard]) {
      for (const node of kept.keys()) if (!names.includes(node)) kept.delete(node);
    }
  }
}
