import type { EventFilter, EventHistory, Unsubscribe } from "../../api/agent-port.js";
import { matchesFilter } from "../../api/event-filter.js";
import { assert } from "../../base/assert.js";
import type { AgentEvent } from "../../model/event.js";
import type { NodeName } from "../../model/names.js";
import type { Note } from "../../model/note.js";

/** So many events are kept; the oldest go first. */
export const EVENTS_KEPT_MAX = 10_000;
/** Listeners are streams of the API, which admits far fewer. */
export const LISTENERS_MAX = 1_000;

interface Listener {
  readonly filter: EventFilter;
  readonly hear: (event: AgentEvent) => void;
}

/** The history of this agent, newest events in memory. */
export class EventRing implements EventHistory {
  readonly #node: NodeName;
  /** Oldest first from `#start` on, wrapping around. */
  readonly #events: AgentEvent[];
  readonly #listeners = new Set<Listener>();
  #start = 0;
  #sequence: number;

  /** @param past Events of earlier runs, oldest first. */
  constructor(node: NodeName, past: readonly AgentEvent[], nextSequence: number) {
    this.#node = node;
    this.#events = past.slice(-EVENTS_KEPT_MAX);
    this.#sequence = nextSequence;
  }

  append(atMs: number, note: Note): AgentEvent {
    const event = { sequence: this.#sequence, atMs, node: this.#node, note };
    this.#sequence += 1;
    this.#keep(event);
    for (const { filter, hear } of this.#listeners) if (matchesFilter(filter, event)) hear(event);
    return event;
  }

  recent(filter: EventFilter): readonly AgentEvent[] {
    const limit = filter.limit ?? EVENTS_KEPT_MAX;
    const matching: AgentEvent[] = [];
    for (let back = 1; back <= this.#events.length && matching.length < limit; back += 1) {
      const event = this.#events[(this.#start + this.#events.length - back) % this.#events.length];
      if (event !== undefined && matchesFilter(filter, event)) matching.push(event);
    }
    return matching.reverse();
  }

  subscribe(filter: EventFilter, hear: (event: AgentEvent) => void): Unsubscribe {
    assert(this.#listeners.size < LISTENERS_MAX, "the API limits its streams");
    const listener = { filter, hear };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #keep(event: AgentEvent): void {
    if (this.#events.length < EVENTS_KEPT_MAX) {
      this.#events.push(event);
      return;
    }
    this.#events[this.#start] = event;
    this.#start = (this.#start + 1) % EVENTS_KEPT_MAX;
  }
}
