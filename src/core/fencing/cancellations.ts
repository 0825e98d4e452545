/**
 * Orders to fence that an operator took back. An order that one node could not carry out goes on to the next one, so that
 * several may have it: each cancellation is part of the state of the node that was told, and counts on all for what began
 * before it. It outlives the agent that was told, for who has the order and did not hear of it.
 */
import { type Duration, type Instant, after, between, earliest, seconds } from "../../base/time.js";
import type { FenceCancellation, KeptCancellation } from "../../model/fencing.js";
import type { NodeName } from "../../model/names.js";
import { keptAt } from "../kept-moment.js";

/** One that was away so long keeps its order: what it wants is told by its state, and may be taken back again. */
const LIFE: Duration = seconds(3_600);

interface Kept {
  readonly at: Instant;
  /** How often it was taken back here. */
  readonly count: number;
}

interface Heard {
  readonly at: Instant;
  /** Undefined: it is not said any more. */
  readonly count: number | undefined;
}

export class Cancellations {
  readonly #own: Map<NodeName, Kept>;
  /** By who said so. */
  readonly #heard = new Map<NodeName, Map<NodeName, Heard>>();

  readonly #boot: string | undefined;

  /** @param saved by an earlier run of the agent. @param boot the present one of the machine; undefined: it is not known */
  constructor(now: Instant, saved: readonly KeptCancellation[], boot: string | undefined) {
    this.#boot = boot;
    this.#own = new Map(saved.map((each) => [each.node, { at: keptAt(now, each, boot), count: each.count }]));
  }

  add(now: Instant, node: NodeName): void {
    this.#own.set(node, { at: now, count: (this.#own.get(node)?.count ?? 0) + 1 });
  }

  /** What another node says now. What it says again may come later than it was said before, and was no later for that. */
  hear(from: NodeName, received: Instant, told: readonly FenceCancellation[]): void {
    const heard = this.#heard.get(from) ?? new Map<NodeName, Heard>();
    for (const [node, { at }] of heard) {
      // An agent that begins anew says nothing of it, and counts anew.
      if (!told.some((each) => each.node === node)) heard.set(node, { at, count: undefined });
    }
    for (const { node, count, lasted } of told) {
      const at = after(received, -lasted as Duration);
      const known = heard.get(node);
      heard.set(node, { at: known?.count === count ? earliest(known.at, at) : at, count });
    }
    this.#heard.set(from, heard);
  }

  /** Whether an order to fence the node that began at that time is taken back. */
  covers(node: NodeName, begun: Instant): boolean {
    return [this.#own, ...this.#heard.values()].some((kept) => {
      const at = kept.get(node)?.at;
      return at !== undefined && begun <= at;
    });
  }

  /** For the peers. */
  briefs(now: Instant): readonly FenceCancellation[] {
    return this.#living(now).map(([node, { at, count }]) => ({ node, count, lasted: between(at, now) }));
  }

  /** For the next run of the agent. */
  toSave(now: Instant): readonly KeptCancellation[] {
    const boot = this.#boot === undefined ? {} : { boot: this.#boot };
    return this.#living(now).map(([node, kept]) => ({ node, ...kept, ...boot }));
  }

  #living(now: Instant): readonly (readonly [NodeName, Kept])[] {
    return [...this.#own].filter(([, { at }]) => between(at, now) < LIFE);
  }

  /** @param names nodes of the file */
  forgetOthers(names: readonly NodeName[]): void {
    for (const from of this.#heard.keys()) if (!names.includes(from)) this.#heard.delete(from);
    for (const kept of [this.#own, ...this.#heard.values()]) {
      for (const node of kept.keys()) if (!names.includes(node)) kept.delete(node);
    }
  }
}
