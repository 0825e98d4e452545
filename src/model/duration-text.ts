import { type Duration, inMilliseconds } from "../base/time.js";

/** A span as a person says it, in two figures at most: `4.2 ms`, `103 ms`, `12 min 5 s`, `3 d 4 h`. */
export function durationText(span: Duration): string {
  const ms = Math.abs(inMilliseconds(span));
  if (ms === 0) return "0 ms";
  if (ms < 999.5) return `${fewDigits(ms)} ms`;
  if (ms < 59_950) return `${fewDigits(ms / 1_000)} s`;
  return wholeUnitsText(Math.round(ms / 1_000));
}

/** One decimal below ten, none above. */
const fewDigits = (value: number): string => (value < 9.95 ? String(Number(value.toFixed(1))) : value.toFixed(0));

const LONG_UNITS = [
  { unit: "d", size: 86_400 },
  { unit: "h", size: 3_600 },
  { unit: "min", size: 60 },
  { unit: "s", size: 1 },
] as const;

/** The largest unit that fits, and the next smaller one where it is not zero. */
function wholeUnitsText(totalSeconds: number): string {
  const first = LONG_UNITS.findIndex(({ size }) => totalSeconds >= size);
  let rest = totalSeconds;
  const parts: string[] = [];
  for (const { unit, size } of LONG_UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    rest -= count * size;
  }
  return parts.join(" ");
}
