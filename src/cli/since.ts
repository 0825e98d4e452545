import { InvalidArgumentError } from "commander";
import { inMilliseconds, parseDuration } from "../base/time.js";

/** Reads `--since`: how long ago, a time of today or yesterday, or a day with or without a time. */
export function parseSince(text: string, now: Date = new Date()): Date {
  const at = agoDate(text, now) ?? clockDate(text, now) ?? fullDate(text);
  if (at === undefined)
    throw new InvalidArgumentError("Write 10m or 2h (ago), 14:03, 2026-03-01, or 2026-03-01T14:03:12Z.");
  return at;
}

function agoDate(text: string, now: Date): Date | undefined {
  const span = parseDuration(text);
  return span === undefined ? undefined : new Date(now.getTime() - inMilliseconds(span));
}

/** The latest such time that is past. */
function clockDate(text: string, now: Date): Date | undefined {
  const [, hours, minutes, secondsText = "0"] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const at = new Date(now);
  at.setHours(Number(hours), Number(minutes), Number(secondsText), 0);
  if (at > now) at.setDate(at.getDate() - 1);
  return at;
}

function fullDate(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}([T ].*)?$/.test(text)) return undefined;
  // A day alone is meant in the reader's time zone; JavaScript would take it in UTC.
  const at = new Date(text.length === 10 ? `${text}T00:00:00` : text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
