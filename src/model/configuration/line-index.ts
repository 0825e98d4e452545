import type { Place } from "./located-node.js";

/** Finds lines and columns of offsets in a text. */
export class LineIndex {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) this.#starts.push(end + 1);
  }

  placeOf(offset: number): Place {
    const line = this.#linesUpTo(offset);
    return { line, column: offset - (this.#starts[line - 1] ?? 0) + 1 };
  }

  /** How many lines begin at the offset or before, found by halving. */
  #linesUpTo(offset: number): number {
    let low = 1;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle - 1] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
