/**
 * A node that is fresh, or was cut off, cannot know who holds what: for a while it takes nothing that nobody seems to
 * hold. It is over as soon as everything is known of every peer; peers of which nothing is heard are waited for less
 * long than those that are heard and have not said everything.
 *
 * Nor does any node know who holds what while it hears a peer again that has not said yet what it claims now: signs of
 * life come before that, by one report, by as many rounds as its bulletin has pages, or by the way over a third node. Who
 * took a service while the two did not hear each other would lose it to a claim of the same epoch.
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { Membership } from "./membership.js";

/** How long it listens, in detection timeouts, and at least. */
const TIMEOUTS = 3;
const SPAN_MIN: Duration = seconds(1);
/** How much longer it waits for the full state of peers that it hears, or for the word of one that is heard again. */
const WORD_PATIENCE: Duration = seconds(2);

export class Listening {
  readonly #membership: Membership;
  #from: Instant;
  /** Everything was known of every peer once: whoever is lost after that was lost, and is not waited for. */
  #isOver = false;

  constructor(now: Instant, membership: Membership) {
    this.#membership = membership;
    this.#from = now;
  }

  begin(now: Instant): void {
    this.#from = now;
    this.#isOver = false;
  }

  isOn(now: Instant, timeout: Duration): boolean {
    const wordDue = this.#wordDue();
    return this.#isFresh(now, timeout) || (wordDue !== undefined && now < wordDue);
  }

  #isFresh(now: Instant, timeout: Duration): boolean {
    this.#isOver ||= this.#membership.complete;
    if (now >= this.#end(timeout) || this.#isOver) return false;
    return now < this.#until(timeout) || !this.#membership.completeAmongLive;
  }

  /** When it may be over, for decisions that were last made at `decidedAt`. */
  deadline(decidedAt: Instant, timeout: Duration): Deadline | undefined {
    return [this.#until(timeout), this.#end(timeout), this.#wordDue()]
      .filter((at) => at !== undefined && decidedAt < at)
      .reduce<Deadline | undefined>((first, at) => soonest(first, dueAt(at, "listening")), undefined);
  }

  /** Until when it waits for what is claimed by peers that are heard again. */
  #wordDue(): Instant | undefined {
    const since = this.#membership.lastUnspoken;
    return since === undefined ? undefined : after(since, WORD_PATIENCE);
  }

  #until(timeout: Duration): Instant {
    return after(this.#from, Math.max(SPAN_MIN, timeout * TIMEOUTS) as Duration);
  }

  #end(timeout: Duration): Instant {
    return after(this.#until(timeout), WORD_PATIENCE);
  }
}
