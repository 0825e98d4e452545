import type { AgentEvent } from "../model/event.js";
import type { ServiceName } from "../model/names.js";
import type { Note } from "../model/note.js";
import type { EventFilter } from "./agent-port.js";

/** Whether an event is among those that a filter asks for; `limit` is the caller's. */
export function matchesFilter(filter: EventFilter, event: AgentEvent): boolean {
  if (filter.sinceMs !== undefined && event.atMs < filter.sinceMs) return false;
  if (filter.afterSequence !== undefined && event.sequence <= filter.afterSequence) return false;
  if (filter.service !== undefined && noteService(event.note) !== filter.service) return false;
  return filter.codes === undefined || filter.codes.some((wanted) => isCodeOf(wanted, event.note.code));
}

const isCodeOf = (wanted: string, code: string): boolean => code === wanted || code.startsWith(`${wanted}.`);

/** The service that a note is about. */
export function noteService(note: Note): ServiceName | undefined {
  if ("service" in note) return note.service;
  if ("finding" in note && "service" in note.finding) return note.finding.service;
  return undefined;
}
