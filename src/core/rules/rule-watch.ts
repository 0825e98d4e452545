/**
 * When a rule acts on one thing: its condition must have been true for long enough; then it acts once, or again and
 * again while that lasts. One that would act too often is suspended: it acts on what it causes itself.
 *
 * Every node keeps this for every thing, though only one acts: when another one comes to act, it goes on where that was.
 */
import { type Instant, after, between, latest } from "../../base/time.js";
import type { RuleConfig } from "../../model/rule.js";

export type Rhythm = Pick<RuleConfig, "holdFor" | "every" | "holdOff" | "limit">;

export class RuleWatch {
  readonly #rhythm: Rhythm;
  #trueSince: Instant | undefined;
  /** When it was due last since the condition came true. */
  #dueSince: Instant | undefined;
  #lastDue: Instant | undefined;
  /** Times at which this node acted, oldest first; at most as many as the limit. */
  readonly #acted: Instant[] = [];
  #suspendedUntil: Instant | undefined;

  constructor(rhythm: Rhythm) {
    this.#rhythm = rhythm;
  }

  /** The condition as it is now; whether to act, if it is on this node to do so. */
  judged(now: Instant, holds: boolean, isOurs: boolean): boolean {
    if (!holds) {
      this.rest();
      return false;
    }
    this.#trueSince ??= now;
    const due = this.#nextDue();
    if (due === undefined || now < due || (isOurs && !this.#mayAct(now))) return false;
    this.#dueSince = now;
    this.#lastDue = now;
    if (isOurs) this.#acted.push(now);
    return isOurs;
  }

  /** The condition is not true, or nothing is to be made of it now. */
  rest(): void {
    this.#trueSince = undefined;
    this.#dueSince = undefined;
  }

  /** Until when it is left out; undefined: it is not. */
  suspendedUntil(now: Instant): Instant | undefined {
    return this.#suspendedUntil !== undefined && now < this.#suspendedUntil ? this.#suspendedUntil : undefined;
  }

  /** When to look at it again though nothing has changed. */
  deadline(now: Instant): Instant | undefined {
    return this.#nextDue() ?? this.suspendedUntil(now);
  }

  #mayAct(now: Instant): boolean {
    const { times, within, suspend } = this.#rhythm.limit;
    while (this.#acted[0] !== undefined && between(this.#acted[0], now) >= within) this.#acted.shift();
    if (this.#acted.length < times) return true;
    this.#suspendedUntil = after(now, suspend);
    return false;
  }

  #nextDue(): Instant | undefined {
    const { holdFor, every, holdOff } = this.#rhythm;
    if (this.#trueSince === undefined) return undefined;
    if (this.#dueSince !== undefined && every === undefined) return undefined;
    const begin =
      this.#dueSince === undefined || every === undefined
        ? after(this.#trueSince, holdFor)
        : after(this.#dueSince, every);
    const rested = this.#lastDue === undefined ? begin : latest(begin, after(this.#lastDue, holdOff));
    return this.#suspendedUntil === undefined ? rested : latest(rested, this.#suspendedUntil);
  }
}
