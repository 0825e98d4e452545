import type { NodeEffect } from "../model/node-io.js";
import type { Note } from "../model/note.js";

/** Collects, in order, what one input causes, and numbers the steps that will be answered. */
export class Effects {
  #list: NodeEffect[] = [];
  #lastStep = 0;

  push(effect: NodeEffect): void {
    this.#list.push(effect);
  }

  note(note: Note): void {
    this.#list.push({ kind: "note", note });
  }

  nextStep(): number {
    this.#lastStep += 1;
    return this.#lastStep;
  }

  /** Everything since the last call. */
  take(): readonly NodeEffect[] {
    const taken = this.#list;
    this.#list = [];
    return taken;
  }
}
