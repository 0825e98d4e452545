import type { Random } from "../base/random.js";
import { type Duration, milliseconds } from "../base/time.js";
import { unreachable } from "../base/assert.js";
import type { ErrandEffect } from "../model/errand.js";
import type { SimAgent } from "./agent.js";
import { drawn } from "./pace.js";
import type { Site } from "./site.js";

/** A command that an agent has run. */
export type SimErrand = Extract<ErrandEffect, { readonly kind: "run-errand" }>;

/** A command of a rule takes so long, at most, and fails so often. */
const TIME_MAX: Duration = milliseconds(800);
const FAILURES = 0.3;

/** Runs what agents want to have run; the answer is for nobody when that agent is gone by then. */
export class SimErrands {
  readonly #site: Site;
  readonly #random: Random;

  constructor(site: Site) {
    this.#site = site;
    this.#random = site.world.random("errands");
  }

  run(by: SimAgent, order: SimErrand): void {
    const { errand } = order;
    switch (errand.kind) {
      case "fence":
        return this.#site.fencing.order(by, errand, order.timeout);
      case "rule":
        return this.#runForRule(by, order);
      // Simulated files have no checks.
      case "check":
        return undefined;
      default:
        return unreachable(errand);
    }
  }

  #runForRule(by: SimAgent, { errand, timeout }: SimErrand): void {
    const took = drawn(this.#random, Math.min(TIME_MAX, timeout));
    const problem = this.#random.chance(FAILURES) ? "it ended with status 1" : undefined;
    this.#site.world.planIn(took, () =>
      by.receive({ kind: "errand-ended", errand, outcome: { problem, output: "", took } }),
    );
  }
}
