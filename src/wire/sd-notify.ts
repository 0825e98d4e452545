/**
 * What a program says of itself on its notify socket (sd_notify(3)): lines of `NAME=VALUE` in one datagram. Names that are
 * not known here, such as those for stored descriptors, say nothing. Values that make no sense are left out.
 */
import { type Duration, microseconds } from "../base/time.js";

export interface Notification {
  readonly ready: boolean;
  readonly reloading: boolean;
  readonly stopping: boolean;
  /** `alive`: the watchdog is fed. `trigger`: the program itself asks to be treated as failed. */
  readonly watchdog: "alive" | "trigger" | undefined;
  /** The watchdog's span from now on; 0 ends the watching. */
  readonly watchdogSpan: Duration | undefined;
  readonly mainPid: number | undefined;
  /** A start or stop that is under way may take so much longer from now on. */
  readonly extendTimeout: Duration | undefined;
  /** Words for people, on one line, at most {@link STATUS_MAX} characters. */
  readonly status: string | undefined;
  /** An errno number. */
  readonly errno: number | undefined;
}

export const STATUS_MAX = 256;
const ERRNO_MAX = 4_095;
/** The kernel's own limit (PID_MAX_LIMIT). */
const PID_MAX: number = 2 ** 22;
/** A span that is longer than this is none: the kernel's clocks do not go so far. */
const SPAN_US_MAX: number = 2 ** 52;

/** Of two values for one name, the later one counts. */
export function readNotification(text: string): Notification {
  const values = new Map(text.split("\n").flatMap(assignment));
  const watchdog = values.get("WATCHDOG");
  return {
    ready: values.get("READY") === "1",
    reloading: values.get("RELOADING") === "1",
    stopping: values.get("STOPPING") === "1",
    watchdog: watchdog === "1" ? "alive" : watchdog === "trigger" ? "trigger" : undefined,
    watchdogSpan: span(values.get("WATCHDOG_USEC")),
    mainPid: positive(values.get("MAINPID"), PID_MAX),
    extendTimeout: span(values.get("EXTEND_TIMEOUT_USEC")),
    status: statusText(values.get("STATUS")),
    errno: positive(values.get("ERRNO"), ERRNO_MAX),
  };
}

function assignment(line: string): [string, string][] {
  const at = line.indexOf("=");
  return at <= 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
}

function whole(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

function positive(text: string | undefined, max: number): number | undefined {
  const value = whole(text, max);
  return value === 0 ? undefined : value;
}

function span(text: string | undefined): Duration | undefined {
  const value = whole(text, SPAN_US_MAX);
  return value === undefined ? undefined : microseconds(value);
}

/** It is shown on terminals: what would move their cursor is left out. */
function statusText(text: string | undefined): string | undefined {
  const shown = text?.replaceAll(/\p{Cc}/gu, "").slice(0, STATUS_MAX);
  return shown === "" ? undefined : shown;
}
