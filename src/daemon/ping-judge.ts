import { after, type Duration, type Instant } from "../base/time.js";

/** So many rounds in a row must be answered before a network counts as working again. */
export const ROUNDS_TO_RECOVER = 3;

/**
 * Whether a network's ping targets answer, from the answers of any of them. Silence for the timeout means no; rounds
 * that are answered one after the other mean yes. At the start it is neither.
 */
export class PingJudge {
  readonly #timeout: Duration;
  #reachable: boolean | undefined;
  #heardAt: Instant;
  #answeredRounds = 0;
  #roundAnswered = false;

  constructor(timeout: Duration, now: Instant) {
    this.#timeout = timeout;
    this.#heardAt = now;
  }

  /** A target answered. */
  answered(now: Instant): void {
    this.#heardAt = now;
    if (this.#roundAnswered) return;
    this.#roundAnswered = true;
    this.#answeredRounds += 1;
  }

  /** The next requests leave now. */
  roundStarted(): void {
    if (!this.#roundAnswered) this.#answeredRounds = 0;
    this.#roundAnswered = false;
  }

  /** When silence becomes the verdict; undefined: it is already. */
  get silentAt(): Instant | undefined {
    return this.#reachable === false ? undefined : after(this.#heardAt, this.#timeout);
  }

  /** The verdict, when it differs from the one before. */
  judge(now: Instant): boolean | undefined {
    const verdict = this.#verdict(now);
    if (verdict === this.#reachable) return undefined;
    this.#reachable = verdict;
    return verdict;
  }

  #verdict(now: Instant): boolean | undefined {
    if (now >= after(this.#heardAt, this.#timeout)) return false;
    return this.#answeredRounds >= ROUNDS_TO_RECOVER ? true : this.#reachable;
  }
}
