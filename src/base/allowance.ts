import { type Instant, between } from "./time.js";

/** How often something may be done: so many times at once, and again so many times a second. */
export interface Rate {
  readonly atOnce: number;
  readonly perSecond: number;
}

const SECOND_US = 1_000_000;

/** What is left of a rate at a moment (a token bucket). */
export class Allowance {
  readonly #rate: Rate;
  #left: number;
  /** Undefined: all of it is left. */
  #countedAt: Instant | undefined;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#left = rate.atOnce;
  }

  /** Whether it may be done once more now; it then counts as done. */
  take(now: Instant): boolean {
    const regained = (between(this.#countedAt ?? now, now) / SECOND_US) * this.#rate.perSecond;
    this.#left = Math.min(this.#rate.atOnce, this.#left + regained);
    this.#countedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** It cost more than it seemed: so many are taken away besides, be they there or not. */
  charge(count: number): void {
    this.#left -= count;
  }
}
