import { pino, type DestinationStream } from "pino";
import type { Failure } from "../base/locum-error.js";
import type { AgentEvent } from "../model/event.js";
import type { Severity } from "../model/note.js";
import { noteAdvice } from "../model/note-text-advice.js";
import { noteSeverity, noteText } from "../model/note-text.js";

/** Text that waits for a reader of stderr who does not read; what is more is left out. */
const BACKLOG_BYTES_MAX: number = 2 ** 20;
const LEVELS: Readonly<Record<Severity, number>> = { info: 30, notice: 35, warning: 40, error: 50 };
const LONGEST = "warning".length;

/** What the agent says to its operator. It never waits for the reader. */
export interface Log {
  event(event: AgentEvent): void;
  failure(severity: Severity, failure: Failure): void;
  /** Writes what waits, at the end of the process. */
  flush(): void;
}

/** Lines on stderr: readable on a terminal, JSON for everything else. */
export function openLog(speaker: string): Log {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: BACKLOG_BYTES_MAX });
  // A reader who is gone is no reason to end.
  destination.on("error", () => {});
  const log = process.stderr.isTTY ? readableLog(destination) : jsonLog(speaker, destination);
  return { ...log, flush: () => flushQuietly(destination) };
}

function flushQuietly(destination: { flushSync(): void }): void {
  try {
    destination.flushSync();
  } catch {
    // Not open yet, or nobody reads: there is no better place to say so.
  }
}

type Lines = Omit<Log, "flush">;

/** One JSON object a line. */
export function jsonLog(speaker: string, destination: DestinationStream): Lines {
  const logger = pino<Severity>(
    {
      base: { speaker },
      customLevels: LEVELS,
      useOnlyCustomLevels: true,
      level: "info",
      timestamp: false,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    event: ({ atMs, note, node }) =>
      logger[noteSeverity(note)]({ time: iso(atMs), ...note, advice: noteAdvice(note) }, noteText(note, node)),
    failure: (severity, { code, message, advice, fields }) =>
      logger[severity]({ time: iso(Date.now()), code, ...fields, advice }, message),
  };
}

/** One sentence a line, with the time of day. */
export function readableLog(destination: DestinationStream): Lines {
  const write = (atMs: number, severity: Severity, text: string): void =>
    void destination.write(`${iso(atMs).slice(11, 23)} ${severity.padEnd(LONGEST)} ${text}\n`);
  return {
    event: ({ atMs, note, node }) =>
      write(atMs, noteSeverity(note), withAdvice(noteText(note, node), noteAdvice(note))),
    failure: (severity, { message, advice }) => write(Date.now(), severity, withAdvice(message, advice)),
  };
}

const withAdvice = (text: string, advice: string | undefined): string =>
  advice === undefined ? text : `${text} (${advice})`;

const iso = (ms: number): string => new Date(ms).toISOString();
