import type { NodeEffect } from "../model/node-io.js";
import type { Note } from "../model/note.js";

/** Collects, in order, what one input causes, and numbers the steps and runs of programs that will be answered. */
export class Effects {
  #list: NodeEffect[] = [];
  #afterwards: NodeEffect[] = [];
  #lastStep = 0;
  #lastRun = 0;

  push(effect: NodeEffect): void {
    this.#list.push(effect);
  }

  note(note: Note): void {
    this.#list.push({ kind: "note", note });
  }

  /** What the action orders comes after all else that this input causes: the peers hear first what follows from it. */
  afterwards(action: () => void): void {
    const before = this.#list;
    this.#list = this.#afterwards;
    action();
    this.#list = before;
  }

  nextStep(): number {
    this.#lastStep += 1;
    return this.#lastStep;
  }

  /** The number of a program's next run. */
  nextRun(): number {
    this.#lastRun += 1;
    return this.#lastRun;
  }

  /** Runs with numbers up to this one are there already. */
  runsBegan(last: number): void {
    this.#lastRun = Math.max(this.#lastRun, last);
  }

  /** Everything since the last call. */
  take(): readonly NodeEffect[] {
    const taken = [...this.#list, ...this.#afterwards];
    this.#list = [];
    this.#afterwards = [];
    return taken;
  }
}
