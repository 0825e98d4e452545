/** How often a rule may act on one thing, and until when it is left out because it would have acted more often. */
import { type Instant, after, between } from "../../base/time.js";
import type { RuleConfig } from "../../model/rule.js";

export class RuleLimit {
  readonly #limit: RuleConfig["limit"];
  /** When it acted, oldest first; at most as many as the limit. */
  readonly #acted: Instant[] = [];
  #suspendedUntil: Instant | undefined;

  constructor(limit: RuleConfig["limit"]) {
    this.#limit = limit;
  }

  /** The end of its latest suspension, which may be over; undefined: there was none. */
  get suspendedUntil(): Instant | undefined {
    return this.#suspendedUntil;
  }

  count(now: Instant): void {
    this.#acted.push(now);
    if (this.#acted.length > this.#limit.times) this.#acted.shift();
  }

  /** Whether it may act once more; if not, it is suspended from now on. */
  mayAct(now: Instant): boolean {
    const { times, within, suspend } = this.#limit;
    while (this.#acted[0] !== undefined && between(this.#acted[0], now) >= within) this.#acted.shift();
    if (this.#acted.length < times) return true;
    this.#suspendedUntil = after(now, suspend);
    return false;
  }
}
