import type { Duration } from "../base/time.js";
import { later, type WorldTime, worldTime } from "./clock.js";
import type { World } from "./world.js";

/** A way from one part to another that takes time and keeps the order: a pipe, a thread in between, a connection. */
export class Lane {
  readonly #world: World;
  #lastArrival: WorldTime = worldTime(0);
  /** What is under way since before the lane was cleared is lost. */
  #generation = 0;

  constructor(world: World) {
    this.#world = world;
  }

  send(delay: Duration, arrive: () => void): void {
    const at = later(this.#world.now, delay);
    this.#lastArrival = at > this.#lastArrival ? at : this.#lastArrival;
    const generation = this.#generation;
    this.#world.plan(this.#lastArrival, {
      happen: () => {
        if (generation === this.#generation) arrive();
      },
    });
  }

  /** Loses everything that is under way. */
  clear(): void {
    this.#generation += 1;
  }
}
