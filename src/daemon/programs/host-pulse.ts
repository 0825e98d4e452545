/*
 * Whether a program host that says nothing hangs, or is only kept from its work: to be killed with all its programs, or to be
 * waited for. Silence counts only as far as the host could have spoken and this process could have heard it: time in which
 * this process did not run itself does not count, nor any in which the host waited for a processor or a disk. To kill one
 * that waits would not make it faster, and would end what runs well. But a disk that gives it nothing at all, as a file
 * server that is gone does not, may never answer: nobody looks after programs for so long.
 */
import { type Duration, type Instant, between, seconds } from "../../base/time.js";
import type { ProcessLoad } from "../../os/linux/process-load.js";

export type Pulse = "lives" | "starved" | "hangs";

export interface HostPulseOptions {
  /** How often it is asked for. What is longer between two times is this process's own delay. */
  readonly interval: Duration;
  readonly patience: Duration;
  /** How long it may wait for a disk without running at all, unless as usual. */
  readonly stuckMax?: Duration;
}

/** A disk that is busy answers before: the kernel itself gives up an order to a SCSI disk after that time. */
const STUCK_MAX: Duration = seconds(30);

/** Less than this in an interval is no work at all. */
const IDLE_SHARE = 0.05;

export class HostPulse {
  readonly #options: HostPulseOptions;
  #at: Instant;
  #before: ProcessLoad | undefined;
  #wasHeard = false;
  /** For how long it could have spoken, and for how long it was silent. */
  #counted = 0;
  #silent = 0;
  /** For how long it has waited for a disk without a break. */
  #stuck = 0;

  constructor(now: Instant, options: HostPulseOptions) {
    this.#at = now;
    this.#options = options;
  }

  heard(): void {
    this.#wasHeard = true;
  }

  /** To be asked once in an interval, with everything read before that could be. */
  feel(now: Instant, readLoad: () => ProcessLoad | undefined): Pulse {
    const { interval, patience, stuckMax = STUCK_MAX } = this.#options;
    const elapsed = between(this.#at, now);
    this.#at = now;
    if (this.#wasHeard) {
      this.#wasHeard = false;
      [this.#counted, this.#silent, this.#stuck, this.#before] = [0, 0, 0, undefined];
      return "lives";
    }
    const load = readLoad();
    const own = Math.min(elapsed, interval);
    this.#silent += own;
    this.#counted += own * (1 - shareOfWaiting(this.#before, load, elapsed));
    this.#stuck = isStuck(this.#before, load, elapsed) ? this.#stuck + own : 0;
    this.#before = load;
    if (this.#counted >= patience || this.#stuck >= stuckMax) return "hangs";
    return this.#silent >= patience ? "starved" : "lives";
  }
}

/** Whether it waits for a disk, and has had nothing of it since then. */
function isStuck(before: ProcessLoad | undefined, load: ProcessLoad | undefined, elapsed: Duration): boolean {
  if (load?.state !== "D") return false;
  return before === undefined || load.ran - before.ran < IDLE_SHARE * elapsed;
}

/** The part of the time between the two in which the process waited for its turn, or for a disk. */
function shareOfWaiting(before: ProcessLoad | undefined, load: ProcessLoad | undefined, elapsed: Duration): number {
  if (before === undefined || load === undefined || elapsed <= 0) return 0;
  const [ran, waited] = [load.ran - before.ran, load.waited - before.waited].map((each) => each / elapsed);
  const share = waited ?? 0;
  const idle = 1 - (ran ?? 0);
  // What it waits for just now is not in the kernel's figures yet.
  const isWaiting = load.state === "D" || (load.state === "R" && (ran ?? 0) + share < IDLE_SHARE);
  return Math.min(1, Math.max(0, isWaiting ? idle : share));
}
