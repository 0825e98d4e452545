import type { ServiceName } from "../../model/names.js";
import { wireId } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { Instant } from "../../base/time.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Verdict } from "../verdict.js";
import type { Words } from "./words.js";

/**
 * An epoch counts the holders of a service: a claim is later than everything that its node has heard, and what a node
 * takes for the present holder never goes back to an earlier epoch while it runs.
 */
export class Epochs implements Observer {
  readonly #verdict: Verdict;
  readonly #words: Words;
  /** The latest epoch that each running agent has heard or claimed, by host and service id. */
  readonly #known = new Map<SimHost, Map<number, number>>();
  /** The latest epoch of each service that each running agent said had moved. */
  readonly #moved = new Map<SimHost, Map<ServiceName, number>>();

  constructor(verdict: Verdict, words: Words) {
    this.#verdict = verdict;
    this.#words = words;
  }

  agentStarted(host: SimHost): void {
    this.#known.set(host, new Map());
    this.#moved.set(host, new Map());
  }

  handled(host: SimHost, _now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    if (input.kind === "configuration-changed") this.agentStarted(host);
    this.#learn(host);
    for (const effect of effects) if (effect.kind === "note") this.#note(host, effect);
  }

  #learn(host: SimHost): void {
    const { got } = this.#words;
    if (got === undefined || got.way === "unanswered") return;
    for (const { service, epoch } of got.claims) this.#raise(host, service, epoch);
  }

  #raise(host: SimHost, service: number, epoch: number): void {
    const known = this.#known.get(host);
    known?.set(service, Math.max(known.get(service) ?? 0, epoch));
  }

  #note(host: SimHost, { note }: Extract<NodeEffect, { readonly kind: "note" }>): void {
    if (note.code === "service.claimed") {
      const known = this.#known.get(host)?.get(wireId(note.service)) ?? 0;
      if (note.epoch <= known) {
        this.#verdict.broken(
          "epoch",
          `${host.name} claims ${note.service} with epoch ${note.epoch}, but has heard of ${known}`,
        );
      }
      this.#raise(host, wireId(note.service), note.epoch);
    }
    if (note.code !== "service.moved") return;
    const moved = this.#moved.get(host);
    const before = moved?.get(note.service) ?? 0;
    if (note.epoch < before) {
      this.#verdict.broken(
        "epoch",
        `${host.name} says that ${note.service} moved with epoch ${note.epoch}, after it moved with ${before}`,
      );
    }
    moved?.set(note.service, note.epoch);
  }
}
