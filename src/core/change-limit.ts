/** How often something may change; whoever asked for more is told of. */
import { Allowance, type Rate } from "../base/allowance.js";
import { type Duration, type Instant, after, seconds } from "../base/time.js";

/** Whoever was refused is told of for so long, since most will try again before. */
const REFUSAL_STAYS: Duration = seconds(10);

export class ChangeLimit {
  readonly #allowance: Allowance;
  #refusedUntil: Instant | undefined;

  constructor(rate: Rate) {
    this.#allowance = new Allowance(rate);
  }

  /** Whether there may be one more now. */
  admits(now: Instant): boolean {
    const isAdmitted = this.#allowance.take(now);
    if (!isAdmitted) this.#refusedUntil = after(now, REFUSAL_STAYS);
    return isAdmitted;
  }

  /** Until when it counts as exceeded; undefined: it does not. */
  get exceededUntil(): Instant | undefined {
    return this.#refusedUntil;
  }

  forget(now: Instant): void {
    if (this.#refusedUntil !== undefined && this.#refusedUntil <= now) this.#refusedUntil = undefined;
  }
}
