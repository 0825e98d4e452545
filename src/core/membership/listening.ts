/**
 * A node that is fresh, or was cut off, cannot know who holds what: for a while it takes nothing that nobody seems to
 * hold. It is over as soon as everything is known of every peer; peers of which nothing is heard are waited for less
 * long than those that are heard and have not said everything.
 *
 * Nor does any node know who holds a service while it hears one of the service's nodes again that has not said yet what it
 * claims now: signs of life come before that, by one report, by as many rounds as its bulletin has pages, or by the way over
 * a third node. Who took the service while the two did not hear each other would lose it to a claim of the same epoch.
 */
import { type Deadline, dueAt, soonest } from "../../base/machine.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";
import type { NodeName } from "../../model/names.js";
import type { Membership } from "./membership.js";

/** How long it listens, and waits for a word, in detection timeouts, and at least. */
const TIMEOUTS = 3;
const SPAN_MIN: Duration = seconds(1);
/** Whoever runs and can be heard has said within this time what it claims. */
export const listeningSpan = (timeout: Duration): Duration => Math.max(SPAN_MIN, timeout * TIMEOUTS) as Duration;

/** How much longer it waits for the full state of peers that it hears. */
const STATE_PATIENCE: Duration = seconds(2);

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
    this.#isOver ||= this.#membership.complete;
    if (now >= this.#end(timeout) || this.#isOver) return false;
    return now < this.#until(timeout) || !this.#membership.completeAmongLive;
  }

  /** Whether one of the nodes is heard again and may say at any moment what it claims now; not for ever. */
  awaitsWordOf(nodes: readonly NodeName[], now: Instant, timeout: Duration): boolean {
    const unspoken = this.#membership.unspoken().filter(({ name }) => nodes.includes(name));
    return unspoken.some(({ since }) => now < after(since, listeningSpan(timeout)));
  }

  /** When any of it may be over, for decisions that were last made at `decidedAt`. */
  deadline(decidedAt: Instant, timeout: Duration): Deadline | undefined {
    const words = this.#membership.unspoken().map(({ since }) => after(since, listeningSpan(timeout)));
    return [this.#until(timeout), this.#end(timeout), ...words]
      .filter((at) => decidedAt < at)
      .reduce<Deadline | undefined>((first, at) => soonest(first, dueAt(at, "listening")), undefined);
  }

  #until(timeout: Duration): Instant {
    return after(this.#from, listeningSpan(timeout));
  }

  #end(timeout: Duration): Instant {
    return after(this.#until(timeout), STATE_PATIENCE);
  }
}
