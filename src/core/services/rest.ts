/** Whether a vacant service may be taken, and whether it is an order to start it that has it taken. */
import type { Instant } from "../../base/time.js";
import { Introduction } from "./introduction.js";
import { Newcomers } from "./newcomers.js";
import type { Situation } from "./situation.js";

export class Rest {
  #mayBeTaken = true;
  /** It was stopped since anybody held it. */
  #wasStopped = false;
  readonly #introduction = new Introduction();
  readonly newcomers: Newcomers = new Newcomers();

  /** The cluster file has just brought it, or changed it, and this node does not hold it. */
  introduce(now: Instant): void {
    this.#introduction.begin(now);
  }

  /** Until when other nodes may still read of it; undefined: they have, or had the time to. */
  introducedUntil(situation: Situation): Instant | undefined {
    return this.#introduction.review(situation);
  }

  /** It was stopped, and started since. */
  get isStarted(): boolean {
    return this.#wasStopped && this.#mayBeTaken;
  }

  /**
   * @param wasHalted its holder let go of it because it was stopped, whatever was ordered while it did
   * @returns whether it may be taken now, and might not when it was last looked at
   */
  isOver({ halted, paused, isKept, awaitsFencing }: Situation, wasHalted: boolean): boolean {
    const before = this.#mayBeTaken;
    this.#wasStopped ||= wasHalted;
    // In a pause, only an order to start it has it taken, and what a machine without an agent may have stays there.
    const mayInPause = paused && this.#wasStopped && !isKept();
    this.#mayBeTaken = halted === undefined && (!paused || mayInPause) && !awaitsFencing;
    this.#wasStopped ||= halted !== undefined;
    return this.#mayBeTaken && !before;
  }

  /** Somebody holds it. */
  end(): void {
    this.#wasStopped = false;
    this.#introduction.end();
    this.newcomers.end();
  }
}
