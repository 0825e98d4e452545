/** The histories that the nodes of a scenario keep, over all runs of their agents. */
import { afterEach, beforeEach, mock } from "node:test";
import { Node } from "../../src/core/node.js";
import type { Instant } from "../../src/base/time.js";
import type { AgentEvent } from "../../src/model/event.js";
import { type Outage, serviceHistories } from "../../src/model/history/outages.js";
import type { NodeEffect, NodeInput } from "../../src/model/node-io.js";
import type { Note } from "../../src/model/note.js";
import type { ScenarioBench } from "./bench.js";

export interface RecordedOutage {
  readonly node: string;
  readonly outage: Outage;
}

export interface Histories {
  /** For a second bench in the same test. */
  readonly beginAnew: () => void;
  /** @param told what each node's record makes of its notes before they are read */
  readonly outagesOf: (
    bench: ScenarioBench,
    told?: (events: readonly AgentEvent[]) => readonly AgentEvent[],
  ) => readonly RecordedOutage[];
  /** In words: which node knows of how many milliseconds. */
  readonly outagesBy: (bench: ScenarioBench) => readonly string[];
}

/** Listens to all nodes of the tests of a file. */
export function recordHistories(): Histories {
  const names = new WeakMap<Node, string>();
  let heard: { readonly self: string; readonly at: Instant; readonly note: Note }[] = [];
  const beginAnew = (): void => {
    heard = [];
  };
  beforeEach(() => {
    beginAnew();
    const { handle } = Node.prototype;
    mock.method(Node.prototype, "handle", function (this: Node, at: Instant, input: NodeInput): readonly NodeEffect[] {
      const self = names.get(this) ?? this.view(at).node;
      names.set(this, self);
      // The agent puts its start and its end on record, and not what decides in it.
      if (input.kind === "started")
        heard.push({ self, at, note: { code: "agent.started", incarnation: 0, adopted: [] } });
      const effects = handle.call(this, at, input);
      for (const effect of effects) {
        if (effect.kind === "note") heard.push({ self, at, note: effect.note });
        if (effect.kind === "exit") heard.push({ self, at, note: { code: "agent.stopped" } });
      }
      return effects;
    });
  });
  afterEach(() => mock.restoreAll());
  const outagesOf: Histories["outagesOf"] = (bench, told = (events) => events) =>
    bench.members.flatMap(({ name }) => {
      const notes = heard.filter(({ self }) => self === name);
      const events = notes.map(({ at, note }, sequence): AgentEvent => ({
        sequence,
        atMs: at / 1_000,
        node: name,
        note,
      }));
      const histories = serviceHistories(told(events), bench.now / 1_000);
      return histories.flatMap(({ outages }) => outages.map((outage) => ({ node: name, outage })));
    });
  return { beginAnew, outagesOf, outagesBy: (bench) => outagesOf(bench).map(inWords) };
}

function inWords({ node, outage: { fromMs, untilMs, state, from, to, cause } }: RecordedOutage): string {
  const span = `${untilMs - fromMs} ms${state === "over" ? "" : ` ${state}`}`;
  return `${node}: ${span} ${from ?? "?"}>${to ?? "?"} ${cause.text}`;
}
