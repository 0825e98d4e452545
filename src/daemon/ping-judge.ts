import { after, earliest, latest, type Duration, type Instant } from "../base/time.js";

/** So many rounds in a row must be answered before what the targets stand for counts as working again. */
export const ROUNDS_TO_RECOVER = 3;

export interface JudgedTargets {
  readonly targets: readonly string[];
  /** How many of them must answer. */
  readonly need: "any" | "all";
  /** Silence of this length means no. */
  readonly timeout: Duration;
}

/**
 * Whether enough of some targets answer. Silence for the timeout means no; rounds that are answered one after the other
 * mean yes. At the start it is neither.
 */
export class PingJudge {
  readonly #need: "any" | "all";
  readonly #timeout: Duration;
  /** When each target was last heard; until then, when it was first asked. */
  readonly #heardAt = new Map<string, Instant>();
  readonly #answered = new Set<string>();
  #reachable: boolean | undefined;
  #answeredRounds = 0;
  #roundCounted = false;

  constructor({ targets, need, timeout }: JudgedTargets, now: Instant) {
    this.#need = need;
    this.#timeout = timeout;
    this.retarget(targets, now);
  }

  /** Only these count from now on; those that did before keep what was heard of them. */
  retarget(targets: readonly string[], now: Instant): void {
    for (const target of this.#heardAt.keys()) if (!targets.includes(target)) this.#heardAt.delete(target);
    for (const target of targets) if (!this.#heardAt.has(target)) this.#heardAt.set(target, now);
  }

  answered(target: string, now: Instant): void {
    if (!this.#heardAt.has(target)) return;
    this.#heardAt.set(target, now);
    this.#answered.add(target);
    if (this.#roundCounted || !this.#isRoundAnswered()) return;
    this.#roundCounted = true;
    this.#answeredRounds += 1;
  }

  /** The next requests leave now. */
  roundStarted(): void {
    if (!this.#roundCounted) this.#answeredRounds = 0;
    this.#roundCounted = false;
    this.#answered.clear();
  }

  /** Time in which nobody was asked or listened to, which is not the targets' silence. */
  credit(span: Duration, now: Instant): void {
    for (const [target, at] of this.#heardAt) this.#heardAt.set(target, earliest(now, after(at, span)));
  }

  /** When silence becomes the verdict; undefined: it is already, or there is nobody to hear. */
  get silentAt(): Instant | undefined {
    return this.#reachable === false ? undefined : this.#silenceEnds();
  }

  /** The targets that have been silent for the timeout. */
  silent(now: Instant): readonly string[] {
    return [...this.#heardAt].flatMap(([target, at]) => (now >= after(at, this.#timeout) ? [target] : []));
  }

  /** The verdict, when it differs from the one before. */
  judge(now: Instant): boolean | undefined {
    const verdict = this.#verdict(now);
    if (verdict === this.#reachable) return undefined;
    this.#reachable = verdict;
    return verdict;
  }

  #verdict(now: Instant): boolean | undefined {
    const end = this.#silenceEnds();
    // Without anybody to ask nothing speaks against it.
    if (end === undefined) return this.#reachable === false ? true : this.#reachable;
    if (now >= end) return false;
    return this.#answeredRounds >= ROUNDS_TO_RECOVER ? true : this.#reachable;
  }

  /** Of all targets the first to be silent counts, of any the last. */
  #silenceEnds(): Instant | undefined {
    const [first, ...others] = this.#heardAt.values();
    if (first === undefined) return undefined;
    return after(others.reduce(this.#need === "all" ? earliest : latest, first), this.#timeout);
  }

  #isRoundAnswered(): boolean {
    return this.#need === "any" || this.#answered.size === this.#heardAt.size;
  }
}
