import { known } from "../../base/assert.js";
import { describeError } from "../../base/locum-error.js";
import type { Instant } from "../../base/time.js";
import type { NodeEffect, NodeInput, NodeOptions } from "../../model/node-io.js";
import { BLACK_BOX_FORMAT, headerLine, outcomeOf, recordLine } from "./black-box-format.js";
import { BlackBoxFiles, type BlackBoxLimits } from "./black-box-files.js";
import type { Impairments } from "../impairments.js";
import type { Recorder } from "../loop.js";
import { WriteBehind } from "./write-behind.js";

/** Text that waits for the disk. What comes beyond it is left out, and the run can then no longer be replayed. */
const WAITING_MAX: number = 4 * 2 ** 20;

export interface BlackBoxOptions {
  readonly directory: string;
  /** Greater than that of every run before. */
  readonly run: number;
  readonly program: string;
  readonly impairments: Pick<Impairments, "raise" | "clear">;
  readonly wallMs: () => number;
  readonly limits?: BlackBoxLimits;
}

interface Handled {
  readonly now: Instant;
  readonly input: NodeInput;
  readonly effects: readonly NodeEffect[];
}

interface Waiting {
  readonly number: number;
  readonly text: string;
}

/**
 * Records every input with its time before it is handled, and what it led to. Nobody waits for the disk: inputs are
 * collected in memory and written when the loop's turn is over. When the decisions break, {@link writeLast} puts the
 * rest on disk at once, the input that broke them last.
 */
export class BlackBox implements Recorder {
  readonly #options: BlackBoxOptions;
  readonly #files: BlackBoxFiles;
  readonly #writer: WriteBehind;
  readonly #startedAtMs: number;
  #start: { readonly now: Instant; readonly options: NodeOptions } | undefined;
  #open: { readonly now: Instant; readonly input: NodeInput } | undefined;
  /** What the present turn of the loop has led to: it becomes text when that is over. */
  #fresh: Handled[] = [];
  /** In the order of their numbers; those that are being written stay until they are. */
  #waiting: Waiting[] = [];
  #waitingLength = 0;
  #next = 0;
  /** The number that follows the last one on disk. */
  #written = 0;
  #scheduled = false;

  constructor(options: BlackBoxOptions) {
    this.#options = options;
    this.#files = new BlackBoxFiles(options.directory, options.run, options.limits);
    this.#startedAtMs = options.wallMs();
    this.#writer = new WriteBehind({
      write: () => this.#writeAll(),
      refused: (error) => this.#impaired(error),
    });
  }

  begin(now: Instant, options: NodeOptions): void {
    this.#start = { now, options };
  }

  record(now: Instant, input: NodeInput): void {
    this.#open = { now, input };
  }

  handled(effects: readonly NodeEffect[]): void {
    if (this.#open === undefined) return;
    this.#fresh.push({ ...this.#open, effects });
    this.#open = undefined;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turnIsOver());
  }

  #turnIsOver(): void {
    this.#scheduled = false;
    this.#keepFresh();
    this.#writer.wake();
  }

  #keepFresh(): void {
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const { now, input, effects } of fresh) this.#keep(recordLine({ now, input, outcome: outcomeOf(effects) }));
  }

  /** For the end of a broken process: all that waits, and the input that was not finished. */
  writeLast(): void {
    this.#keepFresh();
    if (this.#open !== undefined) this.#keep(recordLine({ ...this.#open, outcome: { kind: "unfinished" } }));
    this.#open = undefined;
    const [first] = this.#waiting;
    if (first === undefined) return;
    const texts = this.#waiting.map(({ text }) => text);
    try {
      this.#files.writeLast([this.#header(this.#files.nextFile + 1, first.number), ...texts].join(""));
      this.#waiting = [];
    } catch (error) {
      this.#impaired(error);
    }
  }

  /** Resolves when all is on disk, or was refused. */
  async close(): Promise<void> {
    this.#turnIsOver();
    await this.#writer.close();
    await this.#files.close();
  }

  #keep(text: string): void {
    const number = this.#next;
    this.#next += 1;
    if (this.#waitingLength + text.length > WAITING_MAX) return;
    this.#waiting.push({ number, text });
    this.#waitingLength += text.length;
  }

  async #writeAll(): Promise<void> {
    const { impairments } = this.#options;
    for (let batch = this.#batch(); batch.length > 0; batch = this.#batch()) {
      await this.#write(batch);
      this.#written = known(batch.at(-1), "a batch is not empty").number + 1;
      this.#waiting.splice(0, batch.length);
      this.#waitingLength -= batch.reduce((sum, { text }) => sum + text.length, 0);
    }
    impairments.clear("black box");
  }

  /** What waits, up to a gap in the numbers, which only a header can express. */
  #batch(): readonly Waiting[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    const gap = this.#waiting.findIndex(({ number }, index) => number !== first.number + index);
    return gap < 0 ? [...this.#waiting] : this.#waiting.slice(0, gap);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const texts = batch.map(({ text }) => text);
    const first = known(batch[0], "a batch is not empty").number;
    if (this.#files.isFull || first !== this.#written) {
      texts.unshift(this.#header(this.#files.nextFile, first));
      await this.#files.begin();
    }
    await this.#files.write(texts.join(""));
  }

  #header(file: number, first: number): string {
    const { run, program } = this.#options;
    const start = known(this.#start, "a recording begins before its first input");
    const startedAtMs = this.#startedAtMs;
    return headerLine({ format: BLACK_BOX_FORMAT, program, run, file, first, startedAtMs, ...start });
  }

  #impaired(error: unknown): void {
    const { impairments, directory } = this.#options;
    impairments.raise("black box", `inputs can't be recorded in ${directory}: ${describeError(error)}`);
  }
}
