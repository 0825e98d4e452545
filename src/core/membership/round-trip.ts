/**
 * How long a packet takes to a peer and back, for people who look at the status; no decision rests on it. Each report
 * wakes the agent's main thread, so a link is told of once a second at most, and of small changes more rarely still.
 */
import { after, microseconds, seconds, type Duration, type Instant } from "../../base/time.js";
import { NOT_LATELY } from "../../model/heartbeat.js";

const WRAP = 2 ** 32;
/** Beyond this a sample tells of a stall, not of the network. */
const SAMPLE_MAX: Duration = seconds(10);
/** So many samples bear out a first figure: the very first packets wait for address resolution. */
const SAMPLES_MIN = 8;
/** What the figure is the mean of, about; one second's packets with the default detection. */
const SAMPLES = 32;
/** A sample counts for no more than this many times the figure and a little, so that one stalled packet is no change. */
const OUTLIER_RATIO = 4;
const OUTLIER_MIN: Duration = microseconds(500);

/** From the longest wait to the shortest: how far the figure must be from the one that was told to be told after it. */
const REPORTS: readonly { readonly after: Duration; readonly ratio: number; readonly min: Duration }[] = [
  { after: seconds(10), ratio: 0.1, min: microseconds(10) },
  { after: seconds(1), ratio: 0.5, min: microseconds(100) },
];

/** The smoothed round trip to one peer over one network, and when it is worth telling. */
export class RoundTrip {
  #smoothed = 0;
  #samples = 0;
  #told: { readonly at: Instant; readonly roundTrip: number } | undefined;

  /** Takes what came back in an echo; the round trip when it shall be reported. */
  measure(now: Instant, echo: { readonly sentAt: number; readonly heldFor: number }): Duration | undefined {
    if (echo.heldFor === NOT_LATELY) return undefined;
    const sample = (((now - echo.sentAt - echo.heldFor) % WRAP) + WRAP) % WRAP;
    if (sample > SAMPLE_MAX) return undefined;
    this.#take(sample);
    const roundTrip = Math.round(this.#smoothed);
    if (this.#samples < SAMPLES_MIN || !this.#isNews(now, roundTrip)) return undefined;
    this.#told = { at: now, roundTrip };
    return roundTrip as Duration;
  }

  /** The link was lost: when it is back, it may be another one. */
  forget(): void {
    this.#samples = 0;
    this.#told = undefined;
  }

  /** The mean of all while they are few, of the latest afterwards. */
  #take(sample: number): void {
    const isSettled = this.#samples >= SAMPLES_MIN;
    const counted = isSettled ? Math.min(sample, this.#smoothed * OUTLIER_RATIO + OUTLIER_MIN) : sample;
    this.#samples = Math.min(this.#samples + 1, SAMPLES);
    this.#smoothed += (counted - this.#smoothed) / this.#samples;
  }

  #isNews(now: Instant, roundTrip: number): boolean {
    const told = this.#told;
    if (told === undefined) return true;
    const change = Math.abs(roundTrip - told.roundTrip);
    return REPORTS.some(
      (report) => now >= after(told.at, report.after) && change > Math.max(report.min, told.roundTrip * report.ratio),
    );
  }
}
