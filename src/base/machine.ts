import type { Instant } from "./time.js";

/** When a machine next wants to be called, and why. */
export interface Deadline {
  readonly at: Instant;
  readonly why: string;
}

/**
 * A decision maker without I/O: one input in, every effect that it causes out, in order. Same inputs, same effects.
 * A deadline that has passed is served by `handle` with any input; the caller sends its tick input when none is due.
 */
export interface Machine<Input, Effect> {
  handle(now: Instant, input: Input): readonly Effect[];
  deadline(): Deadline | undefined;
}

/** The earlier of two wishes to be called. */
export function soonest(a: Deadline | undefined, b: Deadline | undefined): Deadline | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return b.at < a.at ? b : a;
}

/** The deadline at this time, if there is one. */
export const dueAt = (at: Instant | undefined, why: string): Deadline | undefined =>
  at === undefined ? undefined : { at, why };
