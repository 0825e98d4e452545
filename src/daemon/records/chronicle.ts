import type { AgentEvent } from "../../model/event.js";
import type { Note } from "../../model/note.js";
import type { EventRing } from "./event-ring.js";
import type { Log } from "../log.js";

export interface ChronicleParts {
  readonly history: EventRing;
  readonly log: Log;
  readonly file: { append(event: AgentEvent): void };
  readonly wallMs: () => number;
}

/** A note with the moment of the decision behind it. */
interface Said {
  readonly atMs: number;
  readonly note: Note;
}

/**
 * Takes every note to the history, its file and the log. Not before the call that said it is through: whoever reads
 * about a takeover can wait until it is done.
 */
export class Chronicle {
  readonly #parts: ChronicleParts;
  #said: Said[] = [];

  constructor(parts: ChronicleParts) {
    this.#parts = parts;
  }

  say(note: Note): void {
    if (this.#said.length === 0) queueMicrotask(() => this.flush());
    this.#said.push({ atMs: this.#parts.wallMs(), note });
  }

  flush(): void {
    const said = this.#said;
    this.#said = [];
    const { history, log, file } = this.#parts;
    for (const { atMs, note } of said) {
      const event = history.append(atMs, note);
      log.event(event);
      file.append(event);
    }
  }
}
