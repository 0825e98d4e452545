import type { Readable } from "node:stream";
import { LineCutter } from "./line-cutter.js";
import type { ProgramLog } from "./program-log.js";

/** Kept of one program's output, in the long run; after a quiet time, ten times as much at once. */
export const KEPT_BYTES_PER_SECOND: number = 2 ** 18;
const KEPT_AT_ONCE: number = 10 * KEPT_BYTES_PER_SECOND;
/** Read of it, to be thrown away beyond what is kept. A program that writes faster has to wait for its pipe. */
const READ_BYTES_PER_SECOND: number = 4 * 2 ** 20;
const TURN_MS = 100;
const LINE_BYTES_MAX = 8_192;

export type OutputStream = "out" | "err";

export interface ProgramOutputOptions {
  readonly log: Pick<ProgramLog, "write" | "takeDropped">;
  readonly wallMs: () => number;
  /** Each line that is kept, as it was written. */
  readonly onLine?: (stream: OutputStream, line: string) => void;
}

/**
 * A program's standard output and error on their way to its log, line by line, each with its time. A program that floods
 * them costs no more than a named share of time and disk: what is over is left out, and the log says how much that was.
 */
export class ProgramOutput {
  readonly #options: ProgramOutputOptions;
  readonly #streams = new Map<Readable, { readonly name: OutputStream; readonly cutter: LineCutter }>();
  #allowance = KEPT_AT_ONCE;
  #readInTurn = 0;
  #dropped = 0;
  #turns: NodeJS.Timeout | undefined;

  constructor(options: ProgramOutputOptions) {
    this.#options = options;
  }

  attach(stream: Readable, name: OutputStream): void {
    const cutter = new LineCutter(LINE_BYTES_MAX);
    this.#streams.set(stream, { name, cutter });
    stream.on("data", (bytes: Buffer) => this.#take(bytes, name, cutter));
    stream.on("error", () => stream.destroy());
    stream.on("close", () => this.#closed(stream));
  }

  /** Words of our own beside those of the program. */
  say(text: string): void {
    this.#options.log.write(`${lineHead(this.#options.wallMs(), "locum")}${text}\n`);
  }

  /** Nothing more of it is wanted, though somebody may still hold the other end. */
  end(): void {
    for (const stream of this.#streams.keys()) {
      // Its end comes later, when the log is closed: what was written then would open it again, for good.
      this.#closed(stream);
      stream.destroy();
    }
    this.#tellDropped();
    clearInterval(this.#turns);
    this.#turns = undefined;
  }

  #take(bytes: Buffer, name: OutputStream, cutter: LineCutter): void {
    this.#turns ??= setInterval(() => this.#turn(), TURN_MS);
    this.#readInTurn += bytes.length;
    if (this.#readInTurn > (READ_BYTES_PER_SECOND * TURN_MS) / 1_000) {
      for (const stream of this.#streams.keys()) stream.pause();
    }
    if (bytes.length > this.#allowance) {
      this.#dropped += bytes.length;
      const begun = cutter.end();
      if (begun !== undefined) this.#keep([begun], name);
      return;
    }
    this.#allowance -= bytes.length;
    this.#keep(cutter.push(bytes), name);
  }

  #keep(lines: readonly string[], name: OutputStream): void {
    if (lines.length === 0) return;
    const { log, wallMs, onLine } = this.#options;
    const head = lineHead(wallMs(), name);
    log.write(lines.map((line) => `${head}${harmless(line)}\n`).join(""));
    if (onLine !== undefined) for (const line of lines) onLine(name, line);
  }

  #closed(stream: Readable): void {
    const open = this.#streams.get(stream);
    this.#streams.delete(stream);
    const rest = open?.cutter.end();
    if (open !== undefined && rest !== undefined) this.#keep([rest], open.name);
  }

  #turn(): void {
    const isQuiet = this.#readInTurn === 0;
    this.#readInTurn = 0;
    this.#allowance = Math.min(KEPT_AT_ONCE, this.#allowance + (KEPT_BYTES_PER_SECOND * TURN_MS) / 1_000);
    this.#dropped += this.#options.log.takeDropped();
    if (this.#dropped > 0 && (isQuiet || this.#allowance >= KEPT_BYTES_PER_SECOND / 2)) this.#tellDropped();
    for (const stream of this.#streams.keys()) stream.resume();
    if (!isQuiet || this.#allowance < KEPT_AT_ONCE) return;
    clearInterval(this.#turns);
    this.#turns = undefined;
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.say(
      `${dropped} bytes of output were left out: more than ${KEPT_BYTES_PER_SECOND} bytes a second, or the disk did not keep up`,
    );
  }
}

/** Lines are `TIME STREAM TEXT`. */
const lineHead = (ms: number, source: OutputStream | "locum"): string => `${new Date(ms).toISOString()} ${source} `;

const HARMFUL = /[^\P{Cc}\t]/u;
const ALL_HARMFUL = new RegExp(HARMFUL, "gu");

/** What would move the cursor of a terminal, or hide something, is shown as a code. */
const harmless = (text: string): string =>
  HARMFUL.test(text)
    ? text.replaceAll(ALL_HARMFUL, (each) => `\\x${(each.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`)
    : text;
