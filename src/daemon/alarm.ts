import { between, inMilliseconds, milliseconds, type Duration, type Instant } from "../base/time.js";

/** The shortest wait that the event loop's own timers can keep. */
const TIMER_GRAIN: Duration = milliseconds(1);
/** A timer never sleeps longer, so that a clock that counted suspended time is looked at again. */
const SLEEP_MAX: Duration = milliseconds(60_000);

type Pending =
  | { readonly kind: "timeout"; readonly handle: NodeJS.Timeout }
  | { readonly kind: "immediate"; readonly handle: NodeJS.Immediate };

/** Rings once at an instant. Setting the same instant again costs nothing; setting another replaces it. */
export class Alarm {
  readonly #clock: () => Instant;
  readonly #ring: () => void;
  #at: Instant | undefined;
  #pending: Pending | undefined;

  constructor(clock: () => Instant, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** @param at When to ring; undefined: not at all. */
  set(at: Instant | undefined): void {
    if (at === this.#at) return;
    this.#disarm();
    this.#at = at;
    if (at !== undefined) this.#arm(at);
  }

  #arm(at: Instant): void {
    const wait = between(this.#clock(), at);
    const check = (): void => this.#check(at);
    if (wait < TIMER_GRAIN) {
      this.#pending = { kind: "immediate", handle: setImmediate(check) };
      return;
    }
    const sleep = Math.ceil(inMilliseconds(wait < SLEEP_MAX ? wait : SLEEP_MAX));
    this.#pending = { kind: "timeout", handle: setTimeout(check, sleep) };
  }

  /** The event loop's idea of time may be a little ahead of the clock: what is early waits on. */
  #check(at: Instant): void {
    this.#pending = undefined;
    if (this.#clock() < at) {
      this.#arm(at);
      return;
    }
    this.#at = undefined;
    this.#ring();
  }

  #disarm(): void {
    if (this.#pending?.kind === "timeout") clearTimeout(this.#pending.handle);
    if (this.#pending?.kind === "immediate") clearImmediate(this.#pending.handle);
    this.#pending = undefined;
  }
}
