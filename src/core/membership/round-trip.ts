import { after, milliseconds, seconds, type Duration, type Instant } from "../../base/time.js";
import { NOT_LATELY } from "../../model/heartbeat.js";

const WRAP = 2 ** 32;
/** Beyond this a sample tells of a stall, not of the network. */
const SAMPLE_MAX: Duration = seconds(10);
const SMOOTHING = 1 / 32;
/** A change is worth a report when it is a half, and more than the noise of a busy machine. */
const CHANGE_RATIO = 0.5;
const CHANGE_MIN: Duration = milliseconds(0.5);
const REPORT_INTERVAL: Duration = seconds(1);

/** The smoothed round trip to one peer over one network, and when it is worth telling. */
export class RoundTrip {
  #smoothed: number | undefined;
  #reported: number | undefined;
  #reportedAt: Instant | undefined;

  /** Takes what came back in an echo; the round trip when it shall be reported. */
  measure(now: Instant, echo: { readonly sentAt: number; readonly heldFor: number }): Duration | undefined {
    if (echo.heldFor === NOT_LATELY) return undefined;
    const sample = (((now - echo.sentAt - echo.heldFor) % WRAP) + WRAP) % WRAP;
    if (sample > SAMPLE_MAX) return undefined;
    this.#smoothed = this.#smoothed === undefined ? sample : this.#smoothed + (sample - this.#smoothed) * SMOOTHING;
    return this.#due(now, Math.round(this.#smoothed));
  }

  #due(now: Instant, smoothed: number): Duration | undefined {
    if (this.#reportedAt !== undefined && now < after(this.#reportedAt, REPORT_INTERVAL)) return undefined;
    const before = this.#reported;
    const worth = before === undefined || Math.abs(smoothed - before) > Math.max(CHANGE_MIN, before * CHANGE_RATIO);
    if (!worth) return undefined;
    this.#reported = smoothed;
    this.#reportedAt = now;
    return smoothed as Duration;
  }
}
