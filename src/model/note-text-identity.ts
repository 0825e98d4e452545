/** The words for what becomes of the identities of failed nodes. */
import { unreachable } from "../base/assert.js";
import type { NodeName } from "./names.js";
import type { Note, Severity } from "./note.js";
import { briefList } from "./note-text-finding.js";

export type IdentityNote = Extract<Note, { readonly code: `identity.${string}` }>;

export function identityNoteSeverity({ code }: IdentityNote): Severity {
  switch (code) {
    case "identity.taken":
    case "identity.given-back":
      return "notice";
    case "identity.refused":
    case "identity.kept":
      return "warning";
    default:
      return unreachable(code);
  }
}

export function identityNoteText(note: IdentityNote, speaker: NodeName): string {
  const place = `${note.interface} of ${speaker}`;
  switch (note.code) {
    case "identity.taken":
      return `${place} also receives what is sent to ${note.mac} of ${note.node}, for ${briefList(note.services)}`;
    case "identity.given-back":
      return `${place} no longer receives what is sent to ${note.mac} of ${note.node}: ${whyEnded(note, speaker)}`;
    case "identity.refused":
      return `${place} cannot receive what is sent to ${note.mac} of ${note.node}, for ${briefList(note.services)}: ${note.problem}`;
    case "identity.kept":
      return `The rules for ${note.mac} stay on ${place}, without effect: ${note.problem}`;
    default:
      return unreachable(note);
  }
}

const whyEnded = (
  { node, returned }: Extract<IdentityNote, { code: "identity.given-back" }>,
  speaker: NodeName,
): string => (returned ? `${node} is back` : `${speaker} serves nothing there in its place`);
