import { type ServiceName, wireId } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { Instant } from "../../base/time.js";
import type { Note } from "../../model/note.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Verdict } from "../verdict.js";

/** Nothing changes hands without a note that says why: whoever begins or ceases to claim a service says so at once. */
export class Reasons implements Observer {
  readonly #verdict: Verdict;
  /** What each running agent claims by its newest decision, as `service epoch`. */
  readonly #claims = new Map<SimHost, ReadonlyMap<number, number>>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    this.#claims.set(host, new Map());
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    const published = effects.findLast((effect) => effect.kind === "publish-bulletin");
    if (published?.kind !== "publish-bulletin") return;
    const notes = effects.flatMap((effect) => (effect.kind === "note" ? [effect.note] : []));
    const before = this.#claims.get(host) ?? new Map<number, number>();
    const now = new Map(
      published.bulletin.claims
        .filter(({ state }) => state === "holding" || state === "offering")
        .map(({ service, epoch }) => [service, epoch]),
    );
    for (const { name } of host.cluster.services) this.#compare(host, name, notes, { before, now });
    this.#claims.set(host, now);
  }

  #compare(
    host: SimHost,
    name: ServiceName,
    notes: readonly Note[],
    { before, now }: { readonly before: ReadonlyMap<number, number>; readonly now: ReadonlyMap<number, number> },
  ): void {
    const [was, is] = [before.get(wireId(name)), now.get(wireId(name))];
    if (was === is) return;
    const isSaid = notes.some((note) => (is === undefined ? saysReleased(note, name) : saysClaimed(note, name, is)));
    if (isSaid) return;
    const what = is === undefined ? "let go of" : "took";
    this.#verdict.broken("reason", `${host.name} ${what} ${name} without a note`);
  }
}

const saysClaimed = (note: Note, name: ServiceName, epoch: number): boolean =>
  note.code === "service.claimed" && note.service === name && note.epoch === epoch;

const saysReleased = (note: Note, name: ServiceName): boolean =>
  note.code === "agent.fenced-by-guard" || (note.code === "service.released" && note.service === name);
