import { unreachable } from "../base/assert.js";
import { durationText } from "./duration-text.js";
import type { NodeName } from "./names.js";
import type { Severity } from "./note.js";
import { listText } from "./note-text-reason.js";
import type { RuleNote, RuleReading } from "./rule.js";

export function ruleNoteSeverity(note: RuleNote): Severity {
  switch (note.code) {
    case "rule.fired":
      return "notice";
    case "rule.notified":
      return note.severity;
    case "rule.command-done":
      return "info";
    case "rule.order-refused":
    case "rule.command-failed":
      return "warning";
    default:
      return unreachable(note);
  }
}

/** What a rule's note says, as one sentence without a full stop. */
export function ruleNoteText(note: RuleNote, speaker: NodeName): string {
  const rule = note.about === undefined ? `The rule ${note.rule}` : `The rule ${note.rule} for ${note.about}`;
  switch (note.code) {
    case "rule.fired":
      return `${rule} acts on ${speaker} (${listText(note.actions)})${becauseText(note.readings)}`;
    case "rule.notified":
      return `${rule} says: ${note.text}`;
    case "rule.order-refused":
      return `${rule} gave an order that was not carried out: ${note.problem}`;
    case "rule.command-done":
      return `${note.command} of ${rule.replace("The", "the")} is done on ${speaker}, after ${durationText(note.took)}`;
    case "rule.command-failed":
      return `${note.command} of ${rule.replace("The", "the")} failed on ${speaker}: ${note.problem}`;
    default:
      return unreachable(note);
  }
}

/** `node.load is 81`, for each. */
export const readingTexts = (readings: readonly RuleReading[]): readonly string[] =>
  readings.map(({ what, value }) => `${what} is ${value === null || value === "" ? "none" : String(value)}`);

function becauseText(readings: readonly RuleReading[]): string {
  const words = readingTexts(readings);
  return words.length === 0 ? "" : `, because ${listText(words)}`;
}
