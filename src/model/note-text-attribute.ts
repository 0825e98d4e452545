import { unreachable } from "../base/assert.js";
import type { AttributeNote } from "./attribute.js";
import { durationText } from "./duration-text.js";
import type { NodeName } from "./names.js";

/** What an attribute's note says, as one sentence without a full stop. */
export function attributeNoteText(note: AttributeNote, speaker: NodeName): string {
  const { untold = 0 } = note;
  const before = untold === 1 ? "1 change before it was" : `${untold} changes before it were`;
  return `${changeText(note, speaker)}${untold === 0 ? "" : ` (${before} not told)`}`;
}

function changeText(note: AttributeNote, speaker: NodeName): string {
  switch (note.code) {
    case "attribute.set": {
      const limit = note.lifetime === undefined ? "" : `, for ${durationText(note.lifetime)} unless it is set again`;
      return `Attribute ${note.attribute} of ${speaker} is ${String(note.value)}${limit}`;
    }
    case "attribute.unset":
      return `${speaker} has no attribute ${note.attribute} any more`;
    case "attribute.expired":
      return `Attribute ${note.attribute} of ${speaker} was not set again in time and is gone`;
    default:
      return unreachable(note);
  }
}
