import type { Random } from "../base/random.js";
import { type Duration, microseconds } from "../base/time.js";

/** How quick a machine is at what it does; all in microseconds, each time drawn between 0 and the value. */
export interface Pace {
  /** From an event to the thread that handles it. */
  readonly wakeUp: number;
  /** For one effect, or to begin the next input. */
  readonly step: number;
  /** From a kernel event to the decisions, through the thread that watches. */
  readonly watch: number;
  /** For a write to disk that nobody waits for. */
  readonly save: number;
  /** From the agent's death to the guard's first action, and between its actions. */
  readonly guard: number;
  /** The chance that a wake-up is late by up to `hiccup`: other programs, garbage collection. */
  readonly hiccupChance: number;
  readonly hiccup: number;
}

/** Draws how long something takes. */
export const drawn = (random: Random, max: number): Duration => microseconds(Math.floor(random.fraction() * max));

/** Draws how late a thread wakes up. */
export function drawnWakeUp(random: Random, pace: Pace): Duration {
  const usual = random.fraction() * pace.wakeUp;
  const isLate = pace.hiccupChance > 0 && random.chance(pace.hiccupChance);
  return microseconds(Math.floor(isLate ? usual + random.fraction() * pace.hiccup : usual));
}
