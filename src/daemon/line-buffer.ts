const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines of text. A line that grows over its maximum is dropped with all that came. */
export class LineBuffer {
  readonly #lengthMax: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** @returns the lines that are now complete, without their ends. */
  push(bytes: Uint8Array): readonly string[] {
    const all = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(NEWLINE);
    this.#rest = all.subarray(end + 1);
    if (this.#rest.length > this.#lengthMax) this.#rest = Buffer.alloc(0);
    return end < 0 ? [] : all.toString("utf8", 0, end).split("\n");
  }
}
