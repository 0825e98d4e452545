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
  #violation: Violation | undefined;

  constructor(now: () => WorldTime) {
    this.#now = now;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  broken(rule: string, message: string): void {
    this.#violation ??= { at: this.#now(), rule, message };
  }
}
