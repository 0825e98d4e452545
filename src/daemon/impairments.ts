import type { Instant } from "../base/time.js";
import type { ImpairedPart, Note } from "../model/note.js";
import type { FindingView } from "../model/status.js";

interface Impairment {
  readonly problem: string;
  readonly since: Instant;
}

/** What does not work in this agent itself, as findings: each is raised once and cleared once. */
export class Impairments {
  readonly #clock: () => Instant;
  readonly #note: (note: Note) => void;
  readonly #present = new Map<ImpairedPart, Impairment>();
  #changed: () => void = () => {};

  constructor(clock: () => Instant, note: (note: Note) => void) {
    this.#clock = clock;
    this.#note = note;
  }

  /** Who shows the findings, and shall be told that they are others. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  /** Another problem of a part that is already impaired replaces the text, not the time. */
  raise(what: ImpairedPart, problem: string): void {
    const known = this.#present.get(what);
    if (known?.problem === problem) return;
    this.#present.set(what, { problem, since: known?.since ?? this.#clock() });
    const finding = { kind: "agent-impaired", what, problem } as const;
    if (known === undefined) this.#say({ code: "finding.raised", finding });
    else this.#say({ code: "finding.changed", finding, before: { ...finding, problem: known.problem } });
  }

  clear(what: ImpairedPart): void {
    const known = this.#present.get(what);
    if (known === undefined) return;
    this.#present.delete(what);
    this.#say({ code: "finding.cleared", finding: { kind: "agent-impaired", what, problem: known.problem } });
  }

  findings(): readonly FindingView[] {
    return [...this.#present].map(([what, { problem, since }]) => ({
      finding: { kind: "agent-impaired", what, problem },
      since,
    }));
  }

  #say(note: Note): void {
    this.#note(note);
    this.#changed();
  }
}
