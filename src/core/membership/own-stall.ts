/*
 * Notices that this node itself was away: its timer came later than asked for. What it did not hear in that time says
 * nothing about others, so the lateness is credited to all of them.
 */
import { after, between, seconds, type Duration, type Instant } from "../../base/time.js";
import type { DetectorReport } from "../../model/heartbeat.js";

/** Lateness up to this part of the interval is a busy machine's daily bread and takes nothing from the timeout's margin. */
const TOLERANCE = 1 / 4;
const REPORT_INTERVAL: Duration = seconds(1);

export class OwnStall {
  #worst: Duration = 0 as Duration;
  #reportedAt: Instant | undefined;

  /** The time to be credited: how long after `due` this is, when that is more than tolerable. */
  notice(now: Instant, due: Instant | undefined, interval: Duration): Duration | undefined {
    const lateness = between(due ?? now, now);
    if (lateness <= interval * TOLERANCE) return undefined;
    if (lateness > this.#worst) this.#worst = lateness;
    return lateness;
  }

  takeDue(now: Instant): DetectorReport | undefined {
    if (this.#worst === 0) return undefined;
    if (this.#reportedAt !== undefined && now < after(this.#reportedAt, REPORT_INTERVAL)) return undefined;
    const report = { kind: "own-stall-noticed", lateness: this.#worst } as const;
    this.#reportedAt = now;
    this.#worst = 0 as Duration;
    return report;
  }
}
