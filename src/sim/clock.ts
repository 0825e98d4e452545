import type { Duration, Instant } from "../base/time.js";

/** A point on the simulated world's own time line, in whole microseconds; no node ever sees it. */
export type WorldTime = number & { readonly __unit: "world-us" };

export const worldTime = (us: number): WorldTime => Math.round(us) as WorldTime;
export const later = (start: WorldTime, span: Duration): WorldTime => (start + span) as WorldTime;

/** The one time line on which everything in a simulated world happens. */
export class WorldClock {
  now: WorldTime = worldTime(0);
}

/** What a machine's boot clock is worth: where it stood at the world's beginning, and how fast it runs. */
export interface ClockQuality {
  readonly offset: number;
  /** Seconds that this clock counts in one second of the world; quartz is within 1 ± 0.0002. */
  readonly rate: number;
}

/** A machine's boot clock (CLOCK_BOOTTIME): offset and drifting against the world's time, never going back. */
export class HostClock {
  readonly #world: WorldClock;
  readonly #quality: ClockQuality;

  constructor(world: WorldClock, quality: ClockQuality) {
    this.#world = world;
    this.#quality = quality;
  }

  now(): Instant {
    return this.#at(this.#world.now);
  }

  /** The first moment of the world at which this clock shows `moment` or more; now, when it already does. */
  worldTimeOf(moment: Instant): WorldTime {
    const { offset, rate } = this.#quality;
    let time = Math.max(Math.floor((moment - offset) / rate), this.#world.now);
    while (this.#at(time) < moment) time += 1;
    return time as WorldTime;
  }

  #at(time: number): Instant {
    return Math.floor(this.#quality.offset + time * this.#quality.rate) as Instant;
  }
}
