import { after, between, microseconds, seconds, type Duration, type Instant } from "../../base/time.js";
import { write } from "../../os/linux/libc.js";
import { errnoName } from "../../os/linux/system-call-error.js";
import { RENEWAL_BYTES, writeRenewal } from "../guard/guard-protocol.js";
import { relaxMain } from "../haste.js";
import { PULSE, type HeartbeatMessage } from "./heartbeat-protocol.js";

/** A main thread that is away for longer decides nothing; then its guard shall act. */
export const MAIN_STALL_MAX: Duration = seconds(2);
/** When this thread itself was away for so long, it says nothing about the main thread. */
const OWN_STALL: Duration = seconds(0.5);

/** The length of a lease by which the guard does not judge. */
const NEVER_OVER: Duration = microseconds(0);

/** Renews the guard's lease for as long as both the heartbeat thread (who calls this) and the main thread are well. */
export class LeaseRenewal {
  readonly #pulses: Int32Array;
  readonly #post: (message: HeartbeatMessage) => void;
  readonly #record = new Uint8Array(RENEWAL_BYTES);
  readonly #recordView = new DataView(this.#record.buffer);
  #fd: number | undefined;
  #length: Duration = 0 as Duration;
  #renewedAt: Instant | undefined;
  /** As the guard knows it. */
  #wasAlone = true;
  #mainPulse = 0;
  #mainSeenAt: Instant;
  #calledAt: Instant;
  #mainStalled = false;
  #problem: string | undefined;

  constructor(pulses: SharedArrayBuffer, post: (message: HeartbeatMessage) => void, now: Instant) {
    this.#pulses = new Int32Array(pulses);
    this.#post = post;
    this.#mainSeenAt = now;
    this.#calledAt = now;
  }

  change(fd: number | undefined, length: Duration): void {
    this.#fd = fd;
    this.#length = length;
    this.#renewedAt = undefined;
  }

  /** To be called every interval at least. `isAlone`: no peer is alive, so nobody would serve what the guard takes off. */
  renew(now: Instant, interval: Duration, isAlone: boolean): void {
    Atomics.add(this.#pulses, PULSE.heartbeat, 1);
    const wasAway = between(this.#calledAt, now) > OWN_STALL;
    this.#calledAt = now;
    // An agent that stops before the next round shall be judged by what is so now.
    const isDue = isAlone !== this.#wasAlone || this.#isDue(now, interval);
    if (this.#isMainWell(now, wasAway) && isDue) this.#write(now, isAlone);
  }

  #isMainWell(now: Instant, wasAway: boolean): boolean {
    const pulse = Atomics.load(this.#pulses, PULSE.main);
    if (pulse !== this.#mainPulse || wasAway) {
      this.#mainPulse = pulse;
      this.#mainSeenAt = now;
    }
    const silence = between(this.#mainSeenAt, now);
    const stalled = silence > MAIN_STALL_MAX;
    if (stalled && !this.#mainStalled) this.#tellOfStall(silence);
    this.#mainStalled = stalled;
    return !stalled;
  }

  /** A main thread that computes without end must not keep other programs from running as well. */
  #tellOfStall(silence: Duration): void {
    relaxMain();
    this.#post({ kind: "main-stalled", silence });
  }

  #isDue(now: Instant, interval: Duration): boolean {
    // Half an interval: rounds come a little early or late, and each shall renew.
    return this.#renewedAt === undefined || now >= after(this.#renewedAt, (interval / 2) as Duration);
  }

  #write(now: Instant, isAlone: boolean): void {
    if (this.#fd === undefined) return;
    writeRenewal(this.#recordView, now, isAlone ? NEVER_OVER : this.#length);
    const answer = write(this.#fd, this.#record);
    this.#renewedAt = now;
    this.#wasAlone = isAlone;
    const problem = answer < 0 ? errnoName(-answer) : undefined;
    if (problem !== undefined && problem !== this.#problem) this.#post({ kind: "lease-not-renewed", code: problem });
    this.#problem = problem;
  }
}
