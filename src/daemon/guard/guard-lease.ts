import { after, between, type Duration, type Instant, microseconds, milliseconds } from "../../base/time.js";

/** A wake-up this late is the guard's own stall: what it then reads is old, and must not be judged by. */
const OWN_LATENESS_MAX: Duration = milliseconds(5);
/** What an agent gets, after a stall that the guard itself had, to be heard again. */
const GRACE_SHARE = 4;

/**
 * Whether the agent is well: it renews a lease with every round of heartbeats. The guard sleeps until the lease that it
 * knows of would be over, then reads all renewals that came meanwhile, and only then judges. If it woke late, the whole
 * machine was short of time: the agent is given a part of the lease to run again before it is judged.
 */
export class Lease {
  #renewedAt: Instant | undefined;
  #length: Duration = microseconds(0);
  #graceUntil: Instant | undefined;

  renew(at: Instant, length: Duration): void {
    if (this.#renewedAt !== undefined && at <= this.#renewedAt) return;
    this.#renewedAt = at;
    this.#length = length;
    this.#graceUntil = undefined;
  }

  /** The agent is known to live at that time, by other means than a renewal: what it had missed before does not count. */
  begin(at: Instant): void {
    this.renew(at, this.#length);
  }

  /** When to judge next; undefined: there is nothing to judge. */
  deadline(): Instant | undefined {
    if (this.#renewedAt === undefined || this.#length === 0) return undefined;
    return this.#graceUntil ?? after(this.#renewedAt, this.#length);
  }

  /** Whether the lease is over. To be asked after all renewals were read; `planned` is when this wake-up was due. */
  expired(now: Instant, planned: Instant | undefined): boolean {
    const deadline = this.deadline();
    if (deadline === undefined || now < deadline) return false;
    const wasLate = planned !== undefined && between(planned, now) > OWN_LATENESS_MAX;
    if (!wasLate || this.#graceUntil !== undefined) return true;
    this.#graceUntil = after(now, microseconds(this.#length / GRACE_SHARE));
    return false;
  }
}
