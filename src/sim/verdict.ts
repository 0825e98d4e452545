import type { WorldTime } from "./clock.js";

/** A rule that was broken, and when. */
export interface Violation {
  readonly at: WorldTime;
  /** The rule, by its stable name. */
  readonly rule: string;
  readonly message: string;
}

/** Where checkers report; the first violation ends the run. */
export class Verdict {
  readonly #now: () => WorldTime;
  readonly #onlyRule: string | undefined;
  #violation: Violation | undefined;

  /** @param onlyRule all other rules may be broken */
  constructor(now: () => WorldTime, onlyRule?: string) {
    this.#now = now;
    this.#onlyRule = onlyRule;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  broken(rule: string, message: string): void {
    if (this.#onlyRule !== undefined && this.#onlyRule !== rule) return;
    this.#violation ??= { at: this.#now(), rule, message };
  }
}
