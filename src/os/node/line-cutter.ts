const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines of text; a line that is longer than the maximum is cut into several. */
export class LineCutter {
  readonly #lengthMax: number;
  #rest: Buffer = Buffer.alloc(0);

  /** @param lengthMax in bytes. */
  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** @returns the lines that are now complete, without their ends. */
  push(bytes: Uint8Array): readonly string[] {
    const all = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    const lines: string[] = [];
    let from = 0;
    for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, from)) {
      this.#cut(all.subarray(from, end), lines);
      from = end + 1;
    }
    for (; all.length - from > this.#lengthMax; from += this.#lengthMax) {
      lines.push(all.toString("utf8", from, from + this.#lengthMax));
    }
    // A copy: the buffer that it lies in may be large.
    this.#rest = Buffer.from(all.subarray(from));
    return lines;
  }

  /** A last line without an end; undefined: there is none. */
  end(): string | undefined {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? undefined : rest.toString("utf8");
  }

  #cut(line: Buffer, into: string[]): void {
    for (let from = 0; from === 0 || from < line.length; from += this.#lengthMax) {
      into.push(line.toString("utf8", from, Math.min(line.length, from + this.#lengthMax)));
    }
  }
}
