/**
 * Whether one network's ping targets answer, from the answers of any of them.
 *
 * It gives a verdict, which moves services: silence for the timeout means no; rounds that are answered one after the
 * other mean yes; at the start it is neither. And it says earlier that answers stay out, which moves nothing, but keeps
 * a node that hears no peer any more from taking what the others hold: who loses everything at one moment must know
 * that before it takes its peers for dead.
 */
import { type Duration, type Instant, after, earliest, microseconds } from "../../base/time.js";
import type { Detection } from "../../model/cluster.js";
import { credited } from "./peer-life.js";

/** So many rounds in a row must be answered before a network counts as working again. */
export const ROUNDS_TO_RECOVER = 3;
/** Answers come once an interval: they stay out when none came for this many intervals, at least and at most. */
const QUIET_INTERVALS = { min: 1.5, max: 2.5 } as const;

export class PingJudge {
  readonly #timeout: Duration;
  readonly #quietAfter: Duration;
  #reachable: boolean | undefined;
  #answering: boolean | undefined;
  #heardAt: Instant;
  #answeredRounds = 0;
  #roundAnswered = false;

  constructor(detection: Detection, now: Instant) {
    this.#timeout = detection.timeout;
    this.#quietAfter = quietAfter(detection);
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

  /** This node itself was away, and could not have heard anything. */
  credit(away: Duration, now: Instant): void {
    this.#heardAt = credited(this.#heardAt, away, now);
  }

  /** When silence is news; undefined: it has all been said. */
  get silentAt(): Instant | undefined {
    const lost = this.#reachable === false ? undefined : after(this.#heardAt, this.#timeout);
    const quiet = this.#answering === false ? undefined : after(this.#heardAt, this.#quietAfter);
    return lost === undefined || quiet === undefined ? (lost ?? quiet) : earliest(lost, quiet);
  }

  /** The verdict, when it differs from the one before. */
  judge(now: Instant): boolean | undefined {
    const verdict = this.#verdict(now);
    if (verdict === this.#reachable) return undefined;
    this.#reachable = verdict;
    return verdict;
  }

  /** Whether answers come, when that differs from what was said before. */
  noticeAnswers(now: Instant): boolean | undefined {
    const answering = now < after(this.#heardAt, this.#quietAfter);
    if (answering === this.#answering) return undefined;
    this.#answering = answering;
    return answering;
  }

  #verdict(now: Instant): boolean | undefined {
    if (now >= after(this.#heardAt, this.#timeout)) return false;
    return this.#answeredRounds >= ROUNDS_TO_RECOVER ? true : this.#reachable;
  }
}

/**
 * A peer's last packet may have come up to an interval before everything was cut, and a target's last answer right then:
 * the answers must count as staying out before that peer's silence is a timeout old, with half an interval to spare.
 */
function quietAfter({ interval, timeout }: Detection): Duration {
  const wished = timeout - 1.5 * interval;
  const { min, max } = QUIET_INTERVALS;
  return microseconds(Math.round(Math.min(Math.max(wished, min * interval), max * interval)));
}
