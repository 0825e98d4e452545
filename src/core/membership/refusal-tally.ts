import { after, seconds, type Duration, type Instant } from "../../base/time.js";
import type { DetectorReport, PacketRefusal } from "../../model/heartbeat.js";

const REPORT_INTERVAL: Duration = seconds(1);

/** Counts refused packets and tells of them once a second at most, however many arrive. */
export class RefusalTally {
  /** Bounded: the kinds of refusal times the nodes of the cluster. */
  readonly #counts = new Map<PacketRefusal, Map<number, number>>();
  #reportedAt: Instant | undefined;

  add(refusal: PacketRefusal, sender: number): void {
    const counts = this.#counts.get(refusal) ?? new Map<number, number>();
    counts.set(sender, (counts.get(sender) ?? 0) + 1);
    this.#counts.set(refusal, counts);
  }

  takeDue(now: Instant): readonly DetectorReport[] {
    if (this.#counts.size === 0) return [];
    if (this.#reportedAt !== undefined && now < after(this.#reportedAt, REPORT_INTERVAL)) return [];
    const reports = [...this.#counts].flatMap(([refusal, counts]) =>
      [...counts].map(([sender, count]) => ({ kind: "packets-refused", refusal, sender, count }) as const),
    );
    this.#reportedAt = now;
    this.#counts.clear();
    return reports;
  }
}
