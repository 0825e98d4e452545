import type { AgentEvent } from "../model/event.js";
import { noteSeverity } from "../model/note-text.js";
import type { MoveReason } from "../model/node-state.js";
import type { Severity } from "../model/note.js";
import type { AgentPort, Unsubscribe } from "./agent-port.js";

export interface NoteCount {
  readonly code: string;
  readonly severity: Severity;
  readonly count: number;
}

export interface TakeCount {
  readonly service: string;
  readonly reason: MoveReason["kind"];
  readonly count: number;
}

/** Counts this node's own events for the metrics; codes, services and reasons are few and known, so the maps stay small. */
export class NoteCounter {
  readonly #notes = new Map<string, NoteCount>();
  readonly #takes = new Map<string, TakeCount>();
  readonly #port: AgentPort;
  readonly stop: Unsubscribe;

  constructor(port: AgentPort) {
    this.#port = port;
    this.stop = port.events.subscribe({}, (event) => this.#count(event));
  }

  notes(): readonly NoteCount[] {
    return [...this.#notes.values()];
  }

  /** How often this node took each service, by reason. */
  takes(): readonly TakeCount[] {
    return [...this.#takes.values()];
  }

  #count({ node, note }: AgentEvent): void {
    if (node !== this.#port.view().node) return;
    const severity = noteSeverity(note);
    const noteKey = `${note.code} ${severity}`;
    this.#notes.set(noteKey, { code: note.code, severity, count: (this.#notes.get(noteKey)?.count ?? 0) + 1 });
    if (note.code !== "service.claimed") return;
    const reason = note.reason.kind;
    const takeKey = `${note.service} ${reason}`;
    this.#takes.set(takeKey, { service: note.service, reason, count: (this.#takes.get(takeKey)?.count ?? 0) + 1 });
  }
}
