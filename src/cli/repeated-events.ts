import type { NoteCode } from "../model/note.js";
import type { EventDocument } from "../model/status-document-event.js";

/** Notes that say what a finding says too, as soon as it is looked at again. */
const TOLD_BY: Partial<Readonly<Record<NoteCode, readonly string[]>>> = {
  "node.down": ["finding.raised node-down"],
  "node.crashed": ["finding.raised node-down"],
  "node.unanswered": ["finding.raised node-unanswered"],
  "node.up": ["finding.cleared node-down", "finding.cleared node-unanswered"],
  "node.drained": ["finding.raised node-drained"],
  "node.resumed": ["finding.cleared node-drained"],
  "node.banned": ["finding.raised node-banned"],
  "node.ban-ended": ["finding.cleared node-banned"],
  "configuration.refused": ["finding.raised configuration-refused"],
};

/** What comes later than this after the note is news of its own. */
const MOMENT_MS = 1_000;

/** Events of findings that only repeat, for a person, what the event of a moment before said. */
export class RepeatedEvents {
  /** When the note was, by what repeats it. */
  #told: readonly { readonly key: string; readonly atMs: number }[] = [];

  /** Events in the order in which they happened. */
  isRepeated(event: EventDocument): boolean {
    const atMs = Date.parse(event.time);
    this.#told = this.#told.filter((each) => atMs - each.atMs <= MOMENT_MS);
    const told = (TOLD_BY[event.code] ?? []).map((what) => keyOf(what, event, event.data));
    this.#told = [...this.#told, ...told.map((key) => ({ key, atMs }))];
    const finding = event.data["finding"];
    if (!isRecord(finding)) return false;
    const key = keyOf(`${event.code} ${String(finding["kind"])}`, event, finding);
    return this.#told.some((each) => each.key === key);
  }
}

/** The same, of the same node, in the words of the same one. */
const keyOf = (what: string, { node }: EventDocument, about: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([what, node, about["node"] ?? null]);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
