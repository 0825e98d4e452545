import { Random } from "../base/random.js";
import type { Duration } from "../base/time.js";
import { later, WorldClock, type WorldTime } from "./clock.js";
import { EventQueue, type Occurrence } from "./event-queue.js";

/** Time, chance and the order of events of a simulated world. */
export class World {
  readonly clock: WorldClock = new WorldClock();
  readonly #queue = new EventQueue();
  readonly #seed: number;
  #happened = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get now(): WorldTime {
    return this.clock.now;
  }

  /** How many occurrences have happened. */
  get happened(): number {
    return this.#happened;
  }

  /** The stream of chance of one part of the world. */
  random(stream: string): Random {
    return new Random(this.#seed, stream);
  }

  plan(at: WorldTime, occurrence: Occurrence): void {
    this.#queue.plan(at < this.now ? this.now : at, occurrence);
  }

  planIn(wait: Duration, happen: () => void): void {
    this.#queue.plan(later(this.now, wait), { happen });
  }

  /** Lets everything happen that is planned before `until`, in order, or until `isOver` says so. */
  run(until: WorldTime, isOver: () => boolean): void {
    for (let at = this.#queue.nextAt(); at !== undefined && at < until && !isOver(); at = this.#queue.nextAt()) {
      this.clock.now = at;
      this.#happened += 1;
      this.#queue.take()?.happen();
    }
    if (!isOver()) this.clock.now = until;
  }
}
