import { hashText } from "../base/random.js";
import type { Instant } from "../base/time.js";
import type { NodeEffect, NodeInput } from "../model/node-io.js";
import type { SimHost } from "./host.js";
import type { Observer } from "./observer.js";
import type { World } from "./world.js";

/** Condenses all that the decisions took in and gave out, and when, into one number: equal runs have equal ones. */
export class Fingerprint implements Observer {
  readonly #world: World;
  #hash = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get value(): string {
    return `${(this.#hash >>> 0).toString(16)}-${this.#world.happened}`;
  }

  handled(host: SimHost, now: Instant, input: NodeInput, effects: readonly NodeEffect[]): void {
    this.#mix(now % 0x1_0000_0000);
    this.#mix(host.index);
    this.#mix(hashText(input.kind === "detector-reported" ? input.report.kind : input.kind));
    for (const effect of effects) {
      this.#mix(hashText(effect.kind === "note" ? JSON.stringify(effect.note) : effect.kind));
    }
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ value, 0x9e3779b1);
    this.#hash ^= this.#hash >>> 15;
  }
}
