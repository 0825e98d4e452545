import type { Instant } from "../../base/time.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import { type WorldTime, worldTime } from "../clock.js";
import type { SimHost } from "../host.js";
import type { Observer } from "../observer.js";
import type { Site } from "../site.js";

/** Since when nothing has gone wrong, ended, begun or been ordered: what lasts in such a time is no transition. */
export class Steadiness implements Observer {
  readonly #site: Site;
  since: WorldTime = worldTime(0);

  constructor(site: Site) {
    this.#site = site;
  }

  /** Some packets are lost at random, or come late: who hears whom may change at any time. */
  get isCalm(): boolean {
    return this.#site.segments.every((segment) => segment.isCalm(this.#site.world.now));
  }

  agentStarted(): void {
    this.#disturbed();
  }

  agentEnded(): void {
    this.#disturbed();
  }

  faultBegan(): void {
    this.#disturbed();
  }

  faultEnded(): void {
    this.#disturbed();
  }

  healed(): void {
    this.#disturbed();
  }

  guardFired(): void {
    this.#disturbed();
  }

  commandGiven(): void {
    this.#disturbed();
  }

  handled(_host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    if (effects.some(isDisturbance)) this.#disturbed();
  }

  #disturbed(): void {
    this.since = this.#site.world.now;
  }
}

/** While addresses go from one path to the other they are on neither; what rules order is as good as an operator's order. */
const isDisturbance = (effect: NodeEffect): boolean =>
  effect.kind === "change-interface" || (effect.kind === "note" && effect.note.code === "rule.fired");
