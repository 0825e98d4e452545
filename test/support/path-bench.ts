/** Collects what path groups order, as the agent's Effects do. */
import type { PathEffects } from "../../src/core/paths/path-effects.js";
import type { Note } from "../../src/model/note.js";
import type { PathEffect } from "../../src/model/path.js";

export class CollectedEffects implements PathEffects {
  readonly effects: PathEffect[] = [];
  readonly notes: Note[] = [];
  #lastStep = 0;

  push(effect: PathEffect): void {
    this.effects.push(effect);
  }

  note(note: Note): void {
    this.notes.push(note);
  }

  nextStep(): number {
    this.#lastStep += 1;
    return this.#lastStep;
  }

  take(): readonly PathEffect[] {
    return this.effects.splice(0);
  }
}
