/** Whether a vacant service may be taken, and whether it is an order to start it that has it taken. */
import type { Situation } from "./situation.js";

export class Rest {
  #mayBeTaken = true;
  /** It was stopped since anybody held it. */
  #wasStopped = false;

  /** It was stopped, and started since. */
  get isStarted(): boolean {
    return this.#wasStopped && this.#mayBeTaken;
  }

  /** @returns whether it may be taken now, and might not when it was last looked at */
  isOver({ halted, paused, awaitsFencing }: Situation): boolean {
    const before = this.#mayBeTaken;
    this.#mayBeTaken = halted === undefined && !paused && !awaitsFencing;
    this.#wasStopped ||= halted !== undefined;
    return this.#mayBeTaken && !before;
  }

  /** Somebody holds it. */
  end(): void {
    this.#wasStopped = false;
  }
}
