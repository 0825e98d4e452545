import type { Note } from "../../model/note.js";
import type { PathEffect } from "../../model/path.js";

/** The part of Effects that path groups use: orders about paths, notes, and numbers for the steps. */
export interface PathEffects {
  push(effect: PathEffect): void;
  note(note: Note): void;
  nextStep(): number;
}
