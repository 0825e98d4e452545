import type { NodeName } from "./names.js";
import type { Note } from "./note.js";

/** A note with its time and speaker: one line of the history, the log and the event stream. */
export interface AgentEvent {
  /** Grows with every event of the agent that keeps the history, also across its restarts. */
  readonly sequence: number;
  /** Wall-clock time at the speaker, in milliseconds since 1970, for people and other programs only. */
  readonly atMs: number;
  /** The node whose decision it was. */
  readonly node: NodeName;
  readonly note: Note;
}
