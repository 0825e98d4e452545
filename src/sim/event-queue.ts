import { assert } from "../base/assert.js";
import type { WorldTime } from "./clock.js";

/** Something that will happen in the world. */
export interface Occurrence {
  happen(): void;
}

interface Planned {
  readonly at: WorldTime;
  readonly order: number;
  readonly occurrence: Occurrence;
}

/** More occurrences at once than any sane world has: a world that feeds itself is a defect of the simulation. */
const PLANNED_MAX = 1_000_000;

const isSooner = (a: Planned, b: Planned): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** What is yet to happen (a binary heap), soonest first; of two at one time, the one that was planned first. */
export class EventQueue {
  readonly #heap: Planned[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** How many occurrences were ever planned. */
  get planned(): number {
    return this.#order;
  }

  nextAt(): WorldTime | undefined {
    return this.#heap[0]?.at;
  }

  plan(at: WorldTime, occurrence: Occurrence): void {
    assert(this.#heap.length < PLANNED_MAX, "a world plans a bounded number of occurrences");
    this.#order += 1;
    this.#rise(this.#heap.length, { at, order: this.#order, occurrence });
  }

  /** Takes out the next occurrence. */
  take(): Occurrence | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first?.occurrence;
  }

  #rise(start: number, planned: Planned): void {
    const heap = this.#heap;
    let index = start;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isSooner(planned, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = planned;
  }

  /** Puts `planned` in at the top and lets it sink to its place. */
  #sink(planned: Planned): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const below = this.#soonestBelow(index);
      const child = heap[below];
      if (child === undefined || isSooner(planned, child)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = planned;
  }

  #soonestBelow(index: number): number {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    if (left === undefined || right === undefined) return 2 * index + 1;
    return isSooner(left, right) ? 2 * index + 1 : 2 * index + 2;
  }
}
