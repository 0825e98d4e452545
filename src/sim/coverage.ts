import type { Instant } from "../base/time.js";
import type { NodeEffect, NodeInput } from "../model/node-io.js";
import type { Note } from "../model/note.js";
import type { SimHost } from "./host.js";
import type { Observer } from "./observer.js";

/** Counts what was reached in a world: every note by its code, and the rare branches behind some of them. */
export class Coverage implements Observer {
  readonly marks: Map<string, number> = new Map();

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    this.#count(`input ${input.kind === "detector-reported" ? input.report.kind : input.kind}`);
    for (const effect of effects) {
      this.#count(`effect ${effect.kind}`);
      if (effect.kind === "note") this.#note(host, effect.note);
      if (effect.kind === "add-address" && effect.placed.made !== undefined) this.#madeFor(input);
      if (effect.kind === "note" && input.kind === "bulletin-relayed") {
        this.#count(`passed on by a third node: ${effect.note.code}`);
      }
    }
  }

  agentEnded(_host: SimHost, how: "exit" | "crash" | "power"): void {
    this.#count(`agent ended: ${how}`);
  }

  guardFired(host: SimHost, removed: readonly unknown[]): void {
    const why = host.agent === undefined ? "agent gone" : "lease over";
    this.#count(`guard fired: ${why}`);
    if (removed.length > 0) this.#count(`guard removed addresses: ${why}`);
  }

  /** The last step of a change of paths lets it follow. */
  #madeFor({ kind }: NodeInput): void {
    this.#count(kind === "step-done" ? "own MAC: followed its path" : "own MAC: placed");
  }

  #note(host: SimHost, note: Note): void {
    this.#count(`note ${note.code}`);
    for (const detail of detailsOf(host, note)) this.#count(`${note.code}: ${detail}`);
  }

  #count(mark: string): void {
    this.marks.set(mark, (this.marks.get(mark) ?? 0) + 1);
  }
}

/** The branches of the decisions that a note's data tell apart. */
function detailsOf(host: SimHost, note: Note): readonly string[] {
  switch (note.code) {
    case "service.claimed":
      return [note.reason.kind];
    case "service.released":
      return [note.why.kind];
    case "path.switching":
      return [note.reason.kind];
    case "path.step-refused":
      return [note.remedy];
    case "path.switch-undone":
      return [note.problem.kind];
    case "path.switch-refused":
      return [note.why.kind];
    case "path.plan-resumed":
      return [note.direction];
    case "path.capture-failed":
      return [note.fallback];
    case "service.offer-lapsed":
      return [note.declined ? "declined" : "unanswered"];
    case "service.rival":
      return [note.epoch === note.rivalEpoch ? "equal epoch" : "earlier epoch"];
    case "finding.raised":
    case "finding.cleared":
    case "finding.changed":
      return [note.finding.kind];
    case "node.left":
      return [
        host.site.hosts.some(({ name, agent }) => name === note.node && agent !== undefined)
          ? "agent lives"
          : "agent gone",
      ];
    default:
      return [];
  }
}
