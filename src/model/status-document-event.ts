import { type Duration, inMilliseconds } from "../base/time.js";
import type { AgentEvent } from "./event.js";
import type { ProgramNext } from "./program-note.js";
import type { Note, NoteCode, Severity } from "./note.js";
import { noteAdvice } from "./note-text-advice.js";
import { noteSeverity, noteText } from "./note-text.js";

/** One line of `locum events --json`, one event of `GET /v1/events`. */
export interface EventDocument {
  readonly sequence: number;
  readonly time: string;
  /** The node whose decision it was. */
  readonly node: string;
  readonly code: NoteCode;
  readonly severity: Severity;
  readonly text: string;
  /** What to do about it, where there is something to do. */
  readonly advice?: string;
  /** What the code comes with; durations in milliseconds, their names ending in `Ms`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as programs read it; `time` is its `atMs` as ISO 8601. */
export function eventDocument(event: AgentEvent, time: string): EventDocument {
  const advice = noteAdvice(event.note);
  return {
    sequence: event.sequence,
    time,
    node: event.node,
    code: event.note.code,
    severity: noteSeverity(event.note),
    text: noteText(event.note, event.node),
    ...(advice === undefined ? {} : { advice }),
    data: noteFields(event.note),
  };
}

type KeysOfDurations<Each> = Each extends unknown
  ? { [Key in keyof Each]-?: NonNullable<Each[Key]> extends Duration ? Key : never }[keyof Each]
  : never;

/** Every field of a note that is a duration: the brand is gone at run time, so their names are listed. */
const DURATIONS: Readonly<Record<KeysOfDurations<Note | ProgramNext>, true>> = {
  lateness: true,
  silence: true,
  lasted: true,
  length: true,
  took: true,
  restoreIn: true,
  outFor: true,
  delay: true,
  ranFor: true,
  ago: true,
  noticedAfter: true,
  waited: true,
  overlap: true,
  within: true,
  lifetime: true,
  wait: true,
  again: true,
};

function noteFields(note: Note | ProgramNext): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(note)) {
    if (key === "code") continue;
    if (key === "next") fields[key] = noteFields(value as ProgramNext);
    else if (key in DURATIONS) fields[`${key}Ms`] = inMilliseconds(value as Duration);
    else fields[key] = value;
  }
  return fields;
}
