/** How often something may change: so many times in a row, and so many times a second in the long run. */
import { type Duration, type Instant, after, between, latest, seconds } from "../base/time.js";

/** Whoever was refused is told of for so long, since most will try again before. */
const REFUSAL_STAYS: Duration = seconds(10);

export class ChangeLimit {
  readonly #inARow: Duration;
  readonly #cost: Duration;
  /** When all that was done is paid for: each change moves it on by its cost. */
  #paidAt: Instant | undefined;
  #refusedUntil: Instant | undefined;

  constructor({ inARow, perSecond }: { readonly inARow: number; readonly perSecond: number }) {
    this.#cost = (seconds(1) / perSecond) as Duration;
    this.#inARow = (this.#cost * inARow) as Duration;
  }

  /** Whether there may be one more now. */
  admits(now: Instant): boolean {
    const paidAt = after(latest(now, this.#paidAt ?? now), this.#cost);
    if (between(now, paidAt) > this.#inARow) {
      this.#refusedUntil = after(now, REFUSAL_STAYS);
      return false;
    }
    this.#paidAt = paidAt;
    return true;
  }

  /** Until when it counts as exceeded; undefined: it does not. */
  get exceededUntil(): Instant | undefined {
    return this.#refusedUntil;
  }

  forget(now: Instant): void {
    if (this.#refusedUntil !== undefined && this.#refusedUntil <= now) this.#refusedUntil = undefined;
  }
}
