import type { WorldTime } from "./clock.js";
import type { World } from "./world.js";

/** One wish to be woken, that may be moved and taken back at any time. */
export class Alarm {
  readonly #world: World;
  readonly #ring: () => void;
  #at: WorldTime | undefined;
  /** When the earliest wake-up that is planned comes; later ones are void when they come. */
  #plannedAt: WorldTime | undefined;

  constructor(world: World, ring: () => void) {
    this.#world = world;
    this.#ring = ring;
  }

  set(at: WorldTime | undefined): void {
    this.#at = at;
    if (at !== undefined && (this.#plannedAt === undefined || at < this.#plannedAt)) this.#plan(at);
  }

  /** Brings the wake-up forward, never puts it off. */
  atLatest(at: WorldTime): void {
    if (this.#at === undefined || at < this.#at) this.set(at);
  }

  #plan(at: WorldTime): void {
    this.#plannedAt = at;
    this.#world.plan(at, { happen: () => this.#woken(at) });
  }

  #woken(at: WorldTime): void {
    if (this.#plannedAt !== at) return;
    this.#plannedAt = undefined;
    if (this.#at === undefined) return;
    if (this.#at > at) {
      this.#plan(this.#at);
      return;
    }
    this.#at = undefined;
    this.#ring();
  }
}
