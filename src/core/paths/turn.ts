/**
 * One change of paths of a machine at a time. A route that goes out from an address of one group may lead over a path of
 * another: each must find of it what the other leaves, not what it has in hand. Waiting costs nothing, since the kernel takes
 * one step after the other anyway.
 *
 * What waits is let on by PathGroups, when a change has ended or its group is no more.
 */
import { assert } from "../../base/assert.js";
import type { Instant } from "../../base/time.js";
import type { PathEffects } from "./path-effects.js";

/** What a change of paths must know of the other ones of its machine. */
export interface PathsAround {
  /** No change of paths has its turn. */
  readonly isFree: () => boolean;
  /** The active interface of the group that this one is a path of; of none: the interface itself. */
  readonly placeOf: (interfaceName: string) => string;
}

/** What a change begins with. */
export type First = (now: Instant, effects: PathEffects) => void;

export class Turn {
  readonly #isFree: () => boolean;
  #first: First | undefined;
  #isTaken = false;

  /** @param isFree whether no change of paths has its turn */
  constructor(isFree: () => boolean) {
    this.#isFree = isFree;
  }

  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** Does what comes first, now or when the turn comes. */
  await(now: Instant, first: First, effects: PathEffects): void {
    assert(!this.#isTaken && this.#first === undefined, "a change has one turn");
    this.#first = first;
    if (this.#isFree()) this.take(now, effects);
  }

  take(now: Instant, effects: PathEffects): void {
    const first = this.#first;
    if (first === undefined) return;
    this.#first = undefined;
    this.#isTaken = true;
    first(now, effects);
  }
}
