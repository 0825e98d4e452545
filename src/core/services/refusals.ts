/** A node whose kernel refused an address of a service is unfit for it, for longer with each refusal in a row. */
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { type Duration, type Instant, after, seconds } from "../../base/time.js";

/** How long until this node counts as fit again, by refusals in a row. */
const REFUSAL_DELAYS: readonly Duration[] = [1, 2, 5, 10, 30].map(seconds);

export class Refusals {
  #count = 0;
  #until: Instant | undefined;

  /** When the latest is forgiven. */
  get until(): Instant | undefined {
    return this.#until;
  }

  refused(now: Instant): void {
    const delay = REFUSAL_DELAYS[Math.min(this.#count, REFUSAL_DELAYS.length - 1)] ?? seconds(30);
    this.#count += 1;
    this.#until = after(now, delay);
  }

  forget(now: Instant): void {
    if (this.#until !== undefined && this.#until <= now) this.#until = undefined;
  }

  /** All addresses were taken. */
  end(): void {
    this.#count = 0;
  }

  unfit(now: Instant): readonly UnfitReason[] {
    return this.#until !== undefined && now < this.#until ? [{ code: "address-refused" }] : [];
  }
}
