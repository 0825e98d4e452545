import type { Instant } from "../../base/time.js";
import type { ServiceName } from "../../model/names.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";

/** What each running agent holds by its own notes: from the claim, which peers may not have been told yet, on. */
export class Holdings implements Observer {
  readonly #held = new Map<SimHost, Map<ServiceName, number>>();

  /** The epoch with which the agent holds the service; undefined: it does not. */
  epochOf(host: SimHost, service: ServiceName): number | undefined {
    return this.#held.get(host)?.get(service);
  }

  agentStarted(host: SimHost): void {
    this.#held.set(host, new Map());
  }

  agentEnded(host: SimHost): void {
    this.#held.delete(host);
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    const held = this.#held.get(host);
    for (const effect of effects) {
      if (effect.kind !== "note") continue;
      const { note } = effect;
      if (note.code === "service.claimed") held?.set(note.service, note.epoch);
      if (note.code === "service.released") held?.delete(note.service);
      if (note.code === "agent.fenced-by-guard") held?.clear();
    }
  }
}
