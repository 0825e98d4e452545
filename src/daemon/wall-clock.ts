import { between, inMilliseconds, type Instant } from "../base/time.js";

/**
 * The one connection between the monotonic clock, which decisions use, and the time of day, which is for people. The
 * time of day may be set at any moment, so an instant is placed by its distance from now, each time anew.
 */
export class WallClock {
  readonly #clock: () => Instant;
  readonly #wallMs: () => number;

  constructor(clock: () => Instant, wallMs: () => number = Date.now) {
    this.#clock = clock;
    this.#wallMs = wallMs;
  }

  /** Milliseconds since 1970 at an instant of this boot. */
  toMs(at: Instant): number {
    return Math.round(this.#wallMs() - inMilliseconds(between(at, this.#clock())));
  }

  /** The time of day of an instant of this boot, as ISO 8601 in UTC with milliseconds. */
  toIso(at: Instant): string {
    return new Date(this.toMs(at)).toISOString();
  }
}
