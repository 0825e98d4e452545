import { isCodeOf } from "../model/codes.js";
import type { AgentEvent } from "../model/event.js";
import type { ServiceName } from "../model/names.js";
import type { Note } from "../model/note.js";
import type { EventFilter } from "./agent-port.js";

/** Whether an event is among those that a filter asks for; `limit` is the caller's. */
export function matchesFilter(filter: EventFilter, event: AgentEvent): boolean {
  if (filter.sinceMs !== undefined && event.atMs < filter.sinceMs) return false;
  if (filter.afterSequence !== undefined && event.sequence <= filter.afterSequence) return false;
  if (filter.service !== undefined && !concerns(event.note, filter.service)) return false;
  return filter.codes === undefined || filter.codes.some((wanted) => isCodeOf(wanted, event.note.code));
}

/** Whether a note is about a service, among others perhaps. */
function concerns(note: Note, service: ServiceName): boolean {
  const about = "finding" in note ? note.finding : note;
  if ("services" in about) return about.services.includes(service);
  return "service" in about && about.service === service;
}
