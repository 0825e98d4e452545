import { seconds } from "../base/time.js";
import { durationText } from "../model/duration-text.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const two = (value: number): string => String(value).padStart(2, "0");

const clockText = (at: Date): string => `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;

/** The time with milliseconds, for histories. */
export const preciseTimeText = (at: Date): string =>
  `${clockText(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`;

/** The day as `2026-03-01`, in the reader's time zone. */
export const dayText = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

/** A time as short as it is clear now: `14:03:12` today, `Mar 1 14:03` this year. */
export function timeText(at: Date, now: Date): string {
  if (dayText(at) === dayText(now)) return clockText(at);
  if (at.getFullYear() !== now.getFullYear()) return `${dayText(at)} ${clockText(at).slice(0, 5)}`;
  return `${MONTHS[at.getMonth()]} ${at.getDate()} ${clockText(at).slice(0, 5)}`;
}

/** When something began and how long ago that is: `14:03:12 (3 min 5 s)`. */
export function sinceText(iso: string, now: Date): string {
  const at = new Date(iso);
  const age = seconds(Math.max(0, Math.floor((now.getTime() - at.getTime()) / 1_000)));
  return `${timeText(at, now)} (${age === 0 ? "now" : durationText(age)})`;
}
