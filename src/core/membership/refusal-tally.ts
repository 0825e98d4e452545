import { after, seconds, type Duration, type Instant } from "../../base/time.js";
import type { DetectorReport, PacketRefusal } from "../../model/heartbeat.js";

const REPORT_INTERVAL: Duration = seconds(1);

interface Tally {
  count: number;
  fromItsAddress: boolean;
}

/** Counts refused packets and tells of them once a second at most, however many arrive. */
export class RefusalTally {
  /** Bounded: the kinds of refusal times the nodes of the cluster. */
  readonly #tallies = new Map<PacketRefusal, Map<number, Tally>>();
  #reportedAt: Instant | undefined;

  add(refusal: PacketRefusal, sender: number, fromItsAddress = false): void {
    const bySender = this.#tallies.get(refusal) ?? new Map<number, Tally>();
    this.#tallies.set(refusal, bySender);
    const tally = bySender.get(sender) ?? { count: 0, fromItsAddress: false };
    bySender.set(sender, tally);
    tally.count += 1;
    tally.fromItsAddress ||= fromItsAddress;
  }

  takeDue(now: Instant): readonly DetectorReport[] {
    if (this.#tallies.size === 0) return [];
    if (this.#reportedAt !== undefined && now < after(this.#reportedAt, REPORT_INTERVAL)) return [];
    const reports = [...this.#tallies].flatMap(([refusal, bySender]) =>
      [...bySender].map(([sender, tally]) => reportOf(refusal, sender, tally)),
    );
    this.#reportedAt = now;
    this.#tallies.clear();
    return reports;
  }
}

function reportOf(refusal: PacketRefusal, sender: number, { count, fromItsAddress }: Tally): DetectorReport {
  const report = { kind: "packets-refused", refusal, sender, count } as const;
  return fromItsAddress ? { ...report, fromItsAddress } : report;
}
