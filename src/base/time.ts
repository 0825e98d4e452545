/** A span of time in whole microseconds. */
export type Duration = number & { readonly __unit: "duration-us" };
/** A point on a node's own monotonic clock, in whole microseconds, counting suspended time (CLOCK_BOOTTIME). */
export type Instant = number & { readonly __unit: "instant-us" };

export const microseconds = (count: number): Duration => Math.round(count) as Duration;
export const milliseconds = (count: number): Duration => Math.round(count * 1_000) as Duration;
export const seconds = (count: number): Duration => Math.round(count * 1_000_000) as Duration;
export const inMilliseconds = (span: Duration): number => span / 1_000;
export const inSeconds = (span: Duration): number => span / 1_000_000;

/** Takes a reading of the monotonic clock as an Instant. */
export const instant = (us: number): Instant => Math.round(us) as Instant;
export const after = (start: Instant, span: Duration): Instant => (start + span) as Instant;
/** The time from `start` to `end`; negative when `end` is earlier. */
export const between = (start: Instant, end: Instant): Duration => (end - start) as Duration;
export const earliest = (a: Instant, b: Instant): Instant => (a < b ? a : b);
export const latest = (a: Instant, b: Instant): Instant => (a > b ? a : b);
/** A wait that doubles each time, up to a maximum in the same unit; `times` may be any number from 0 on. */
export const doubled = <Span extends number>(first: Span, times: number, max: Span): Span =>
  Math.min(first * 2 ** times, max) as Span;

const UNITS = { us: 1, ms: 1_000, s: 1_000_000, m: 60_000_000, h: 3_600_000_000, d: 86_400_000_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(us|ms|s|m|h|d)$/;

/** Reads `25ms`, `2s`, `1.5m`; undefined when the text is no duration. */
export function parseDuration(text: string): Duration | undefined {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return microseconds(Number(count) * UNITS[unit as keyof typeof UNITS]);
}

/** Writes a duration in the largest unit that divides it, the form that {@link parseDuration} reads. */
export function formatDuration(span: Duration): string {
  const fitting = Object.entries(UNITS).filter(([, size]) => span !== 0 && span % size === 0);
  const [unit, size] = fitting.at(-1) ?? ["us", 1];
  return span === 0 ? "0s" : `${span / size}${unit}`;
}
