/**
 * Bans a node that keeps failing, for a time that doubles with every relapse, so that services do not follow it up
 * and down; a node that then was well for as long as the longest ban starts again with a short one. A ban only lowers the node's place in the order; it never leaves a service without a holder.
 */
import { type Duration, type Instant, after, between, doubled } from "../../base/time.js";
import type { Damping } from "../../model/cluster.js";
import type { NodeName } from "../../model/names.js";

interface FlapRecord {
  /** Times of recent failures, oldest first; at most as many as make a ban. */
  readonly failures: Instant[];
  bans: number;
  until: Instant | undefined;
  /** End of the latest ban, past or to come. */
  lastEnd: Instant | undefined;
}

export interface NewBan {
  readonly failures: number;
  readonly length: Duration;
}

export class FlapDamping {
  #damping: Damping;
  readonly #records = new Map<NodeName, FlapRecord>();

  constructor(damping: Damping) {
    this.#damping = damping;
  }

  /** Counts by other numbers from now on; bans in force stay as long as was said. */
  reconfigure(damping: Damping): void {
    this.#damping = damping;
  }

  /** Notes a failure; the ban, when this failure brings one. */
  failed(now: Instant, node: NodeName): NewBan | undefined {
    const record = this.#recordOf(node);
    if (record.lastEnd !== undefined && between(record.lastEnd, now) > this.#damping.banMax) record.bans = 0;
    while (record.failures[0] !== undefined && between(record.failures[0], now) > this.#damping.within) {
      record.failures.shift();
    }
    record.failures.push(now);
    if (record.failures.length < this.#damping.failures) return undefined;
    record.failures.length = 0;
    const length = doubled(this.#damping.ban, record.bans, this.#damping.banMax);
    record.bans += 1;
    record.until = after(now, length);
    record.lastEnd = record.until;
    return { failures: this.#damping.failures, length };
  }

  /** Nodes whose ban has ended by now; each is named once. */
  expire(now: Instant): readonly NodeName[] {
    const ended: NodeName[] = [];
    for (const [node, record] of this.#records) {
      if (record.until !== undefined && record.until <= now) {
        record.until = undefined;
        ended.push(node);
      }
    }
    return ended;
  }

  bannedUntil(node: NodeName): Instant | undefined {
    return this.#records.get(node)?.until;
  }

  /** Ends a ban and forgets what led to it: an operator's word. */
  forgive(node: NodeName): void {
    this.#records.delete(node);
  }

  nextExpiry(): Instant | undefined {
    const untils = [...this.#records.values()].flatMap((record) => record.until ?? []);
    return untils.length === 0 ? undefined : (Math.min(...untils) as Instant);
  }

  #recordOf(node: NodeName): FlapRecord {
    const existing = this.#records.get(node);
    if (existing !== undefined) return existing;
    const fresh: FlapRecord = { failures: [], bans: 0, until: undefined, lastEnd: undefined };
    this.#records.set(node, fresh);
    return fresh;
  }
}
