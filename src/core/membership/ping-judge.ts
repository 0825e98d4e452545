/**
 * Whether enough of some targets answer: those of a network, or of one path.
 *
 * It gives a verdict, which moves services or the traffic of a path: silence for the timeout means no; rounds that are
 * answered one after the other mean yes; at the start it is neither. And it says earlier, if wanted, that answers stay out,
 * which moves nothing, but keeps a node that hears no peer any more from taking what the others hold: who loses
 * everything at one moment must know that before it takes its peers for dead.
 */
import { type Duration, type Instant, after, earliest, latest, microseconds } from "../../base/time.js";
import type { Detection } from "../../model/cluster.js";
import { credited } from "./peer-life.js";

/** So many rounds in a row must be answered before what the targets stand for counts as working again. */
export const ROUNDS_TO_RECOVER = 3;
/** Answers come once an interval: they stay out when none came for this many intervals, at least and at most. */
const QUIET_INTERVALS = { min: 1.5, max: 2.5 } as const;

export interface JudgedTargets {
  readonly targets: readonly string[];
  /** How many of them must answer. */
  readonly need: "any" | "all";
  /** Silence of this length means no. */
  readonly timeout: Duration;
  /** After this time without any answer, answers stay out; undefined: that is not asked. */
  readonly quietAfter?: Duration;
}

export class PingJudge {
  readonly #need: "any" | "all";
  readonly #timeout: Duration;
  readonly #quietAfter: Duration | undefined;
  /** When each target was last heard; until then, when it was first asked. */
  readonly #heardAt = new Map<string, Instant>();
  readonly #answered = new Set<string>();
  #reachable: boolean | undefined;
  #answering: boolean | undefined;
  #hasBegun = false;
  #answeredRounds = 0;
  #roundCounted = false;

  constructor({ targets, need, timeout, quietAfter: quiet }: JudgedTargets, now: Instant) {
    this.#need = need;
    this.#timeout = timeout;
    this.#quietAfter = quiet;
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
    this.#hasBegun = true;
    if (!this.#roundCounted) this.#answeredRounds = 0;
    this.#roundCounted = false;
    this.#answered.clear();
  }

  /** Time in which nobody was asked or listened to, which is not the targets' silence. */
  credit(span: Duration, now: Instant): void {
    for (const [target, at] of this.#heardAt) this.#heardAt.set(target, credited(at, span, now));
  }

  /** When silence is news; undefined: it has all been said, or there is nobody to hear. */
  get silentAt(): Instant | undefined {
    const lost = this.#reachable === false ? undefined : this.#silenceEnds();
    const quiet = this.#answering === false ? undefined : this.#quietAt();
    return lost === undefined || quiet === undefined ? (lost ?? quiet) : earliest(lost, quiet);
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

  /** Whether answers come, when that is asked and differs from what was said before. */
  noticeAnswers(now: Instant): boolean | undefined {
    const quietAt = this.#quietAt();
    if (quietAt === undefined) return undefined;
    const answering = now < quietAt;
    if (answering === this.#answering) return undefined;
    this.#answering = answering;
    return answering;
  }

  #verdict(now: Instant): boolean | undefined {
    const end = this.#silenceEnds();
    // Without anybody to ask nothing speaks against it.
    if (end === undefined) return this.#hasBegun || this.#reachable === false ? true : this.#reachable;
    if (now >= end) return false;
    return this.#answeredRounds >= ROUNDS_TO_RECOVER ? true : this.#reachable;
  }

  /** Of all targets the first to be silent counts, of any the last. */
  #silenceEnds(): Instant | undefined {
    const [first, ...others] = this.#heardAt.values();
    if (first === undefined) return undefined;
    return after(others.reduce(this.#need === "all" ? earliest : latest, first), this.#timeout);
  }

  #quietAt(): Instant | undefined {
    const [first, ...others] = this.#heardAt.values();
    if (first === undefined || this.#quietAfter === undefined) return undefined;
    return after(others.reduce(latest, first), this.#quietAfter);
  }

  #isRoundAnswered(): boolean {
    return this.#need === "any" || this.#answered.size === this.#heardAt.size;
  }
}

/**
 * A peer's last packet may have come up to an interval before everything was cut, and a target's last answer right then:
 * the answers must count as staying out before that peer's silence is a timeout old, with half an interval to spare.
 */
export function quietAfter({ interval, timeout }: Detection): Duration {
  const wished = timeout - 1.5 * interval;
  const { min, max } = QUIET_INTERVALS;
  return microseconds(Math.round(Math.min(Math.max(wished, min * interval), max * interval)));
}
