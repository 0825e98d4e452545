import type { EventDocument } from "../model/status-document-event.js";
import { RepeatedEvents } from "./repeated-events.js";
import { adviceText, SEVERITY_TONES } from "./status-text.js";
import { type Cell, cell, tableLines, type TableLayout } from "./table.js";
import { dayText, preciseTimeText } from "./time-text.js";

/** Turns events into lines, one after another, so that a stream and a history look the same. */
export class EventsText {
  readonly #layout: TableLayout;
  /** The widest node name so far, so that lines of a stream stay aligned. */
  #nodeWidth: number;
  #day = "";
  readonly #repeated = new RepeatedEvents();

  constructor(layout: TableLayout, nodes: readonly string[] = []) {
    this.#layout = layout;
    this.#nodeWidth = Math.max(0, ...nodes.map((name) => name.length));
  }

  /** None for an event that only repeats the one before. @param show whether the next step stands below what calls for one */
  lines(event: EventDocument, show = { advice: true }): readonly string[] {
    if (this.#repeated.isRepeated(event)) return [];
    const at = new Date(event.time);
    this.#nodeWidth = Math.max(this.#nodeWidth, event.node.length);
    const rows = [
      this.#row(event, at),
      ...(event.advice !== undefined && show.advice ? [this.#adviceRow(event.advice)] : []),
    ];
    return [...this.#dayLines(at), ...tableLines([], rows, this.#layout)];
  }

  #row(event: EventDocument, at: Date): readonly Cell[] {
    const tone = SEVERITY_TONES[event.severity];
    return [
      cell(preciseTimeText(at), "dim"),
      cell(event.node.padEnd(this.#nodeWidth), "dim"),
      cell(event.severity.padEnd("warning".length), tone),
      cell(event.text, event.severity === "info" ? "dim" : undefined),
    ];
  }

  #adviceRow(advice: string): readonly Cell[] {
    return [cell(""), cell(""), cell(""), cell(adviceText(advice), "dim")];
  }

  /** A line for each new day, so that a line of the history needs the time only. */
  #dayLines(at: Date): readonly string[] {
    const day = dayText(at);
    if (day === this.#day) return [];
    this.#day = day;
    return [this.#layout.paint("strong", day)];
  }
}
