/** How often something may be done: so many times at once, and again so many times a second. */
export interface Rate {
  readonly atOnce: number;
  readonly perSecond: number;
}

/** What is left of a rate at a moment (a token bucket). */
export class Allowance {
  readonly #rate: Rate;
  readonly #clockMs: () => number;
  #left: number;
  #countedMs: number;

  /** @param clockMs monotonic */
  constructor(rate: Rate, clockMs: () => number) {
    this.#rate = rate;
    this.#clockMs = clockMs;
    this.#left = rate.atOnce;
    this.#countedMs = clockMs();
  }

  /** Whether it may be done once more now; it then counts as done. */
  take(): boolean {
    const nowMs = this.#clockMs();
    const regained = ((nowMs - this.#countedMs) / 1_000) * this.#rate.perSecond;
    this.#left = Math.min(this.#rate.atOnce, this.#left + regained);
    this.#countedMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
