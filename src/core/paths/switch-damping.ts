/**
 * Keeps a group from changing paths to and fro (HN-8): the first few changes are free; then each next one waits twice as
 * long as the one before. A change that came to nothing is tried again after a growing pause. An operator's order is never
 * held back and ends the waiting.
 */
import { type Duration, type Instant, after, between, doubled, latest, seconds } from "../../base/time.js";

/** Changes of paths within the memory that cost no waiting. */
const FREE_SWITCHES = 3;
const MEMORY: Duration = seconds(300);
const WAIT: Duration = seconds(1);
const WAIT_MAX: Duration = seconds(60);

export class SwitchDamping {
  /** Changes within the memory, oldest first; held back, they can't be many. */
  #switches: readonly Instant[] = [];
  #undone = 0;
  #heldUntil: Instant | undefined;

  /** A change of paths that nobody ordered is done. */
  switched(now: Instant): void {
    this.#undone = 0;
    this.#switches = [...this.#recent(now), now];
    const surplus = this.#switches.length - FREE_SWITCHES;
    this.#heldUntil = surplus < 0 ? undefined : after(now, doubled(WAIT, surplus, WAIT_MAX));
  }

  /** A change of paths was undone. */
  undone(now: Instant): void {
    this.#heldUntil = latest(this.#heldUntil ?? now, after(now, doubled(WAIT, this.#undone, WAIT_MAX)));
    this.#undone += 1;
  }

  forgive(): void {
    this.#switches = [];
    this.#undone = 0;
    this.#heldUntil = undefined;
  }

  /** Until when the next change waits; undefined: it need not. */
  heldUntil(now: Instant): Instant | undefined {
    return this.#heldUntil !== undefined && this.#heldUntil > now ? this.#heldUntil : undefined;
  }

  /** Changes lately. */
  count(now: Instant): number {
    return this.#recent(now).length;
  }

  isFlapping(now: Instant): boolean {
    return this.count(now) >= FREE_SWITCHES;
  }

  /** When the oldest change is forgotten. */
  get calmerAt(): Instant | undefined {
    const [oldest] = this.#switches;
    return oldest === undefined ? undefined : after(oldest, MEMORY);
  }

  /** Forgets what is long ago. */
  forget(now: Instant): void {
    this.#switches = this.#recent(now);
  }

  #recent(now: Instant): readonly Instant[] {
    return this.#switches.filter((at) => between(at, now) < MEMORY);
  }
}
