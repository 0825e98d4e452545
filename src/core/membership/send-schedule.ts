/* When heartbeats leave: a round every interval, and a few more after urgent news. */
import { after, earliest, microseconds, milliseconds, type Duration, type Instant } from "../../base/time.js";

/** The first repetition of urgent news: late enough not to be lost in the same burst as the original. */
const FIRST_REPETITION: Duration = milliseconds(2);
/** The second one comes after this part of the interval. */
const SECOND_REPETITION = 1 / 4;

/** What is due: one page to all, or all pages to all. */
export type DueRound = "none" | "regular" | "urgent";

export class SendSchedule {
  #interval: Duration;
  #nextRound: Instant;
  #repetitions: readonly Instant[] = [];
  #regular = true;

  constructor(interval: Duration, now: Instant) {
    this.#interval = interval;
    this.#nextRound = now;
  }

  get next(): Instant | undefined {
    const repetition = this.#repetitions[0];
    if (!this.#regular) return repetition;
    return repetition === undefined ? this.#nextRound : earliest(this.#nextRound, repetition);
  }

  changeInterval(interval: Duration, now: Instant): void {
    this.#interval = interval;
    this.#nextRound = earliest(this.#nextRound, after(now, interval));
  }

  /** Urgent news left just now. */
  repeatAfter(now: Instant): void {
    this.#repetitions = [after(now, FIRST_REPETITION), after(now, microseconds(this.#interval * SECOND_REPETITION))];
  }

  /** No more regular rounds. */
  stop(): void {
    this.#regular = false;
  }

  takeDue(now: Instant): DueRound {
    const regular = this.#regular && now >= this.#nextRound;
    const waiting = this.#repetitions.filter((at) => at > now);
    const urgent = waiting.length < this.#repetitions.length;
    this.#repetitions = waiting;
    // A late round is not made up for: the next one follows at its usual distance.
    if (regular) this.#nextRound = latestRound(this.#nextRound, this.#interval, now);
    if (urgent) return "urgent";
    return regular ? "regular" : "none";
  }
}

function latestRound(previous: Instant, interval: Duration, now: Instant): Instant {
  const next = after(previous, interval);
  return next > now ? next : after(now, interval);
}
