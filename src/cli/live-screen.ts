import type { ReadStream, WriteStream } from "node:tty";

const ENTER = "\u001B[?1049h\u001B[?25l\u001B[?7l";
const LEAVE = "\u001B[?7h\u001B[?25h\u001B[?1049l";
const HOME = "\u001B[H";
const CLEAR_LINE = "\u001B[K";
const CLEAR_BELOW = "\u001B[J";

/** q, Q, Ctrl-C, Ctrl-D. */
const QUITTING_KEYS: ReadonlySet<number | undefined> = new Set([0x71, 0x51, 0x03, 0x04]);

/** A page on the terminal that is drawn again in place; what was there before comes back when it ends. */
export class LiveScreen {
  readonly #output: WriteStream;
  readonly #input: ReadStream;
  readonly #onQuit: () => void;
  readonly #onResize: () => void;
  readonly #quit = (): void => this.#onQuit();
  readonly #readKeys = (keys: Buffer): void => {
    if (QUITTING_KEYS.has(keys[0])) this.#onQuit();
  };

  constructor(options: {
    readonly output: WriteStream;
    readonly input: ReadStream;
    readonly onQuit: () => void;
    readonly onResize: () => void;
  }) {
    this.#output = options.output;
    this.#input = options.input;
    this.#onQuit = options.onQuit;
    this.#onResize = options.onResize;
  }

  open(): void {
    this.#output.write(ENTER);
    this.#output.on("resize", this.#onResize);
    // Keys come one by one and unseen; Ctrl-C is a key then. Signals come from elsewhere.
    if (this.#input.isTTY) {
      this.#input.setRawMode(true);
      this.#input.on("data", this.#readKeys);
    }
    process.on("SIGINT", this.#quit);
    process.on("SIGTERM", this.#quit);
    process.on("SIGHUP", this.#quit);
  }

  /** How many lines fit above a footer. */
  roomAbove(footer: readonly string[]): number {
    return Math.max(1, this.#output.rows - footer.length);
  }

  /** Draws in one piece and over what is there, so that nothing flickers; lines beyond the screen are counted. */
  draw(lines: readonly string[], footer: readonly string[]): void {
    const room = this.roomAbove(footer);
    const hidden = lines.length - room;
    const shown =
      hidden > 0 ? [...lines.slice(0, room - 1), `(${hidden + 1} more lines: the window is too small)`] : lines;
    const blank = Array.from({ length: room - shown.length }, () => "");
    // Cleared before it is written: behind a line as wide as the screen, the cursor stands on its last sign.
    const all = [...shown, ...blank, ...footer].map((line) => CLEAR_LINE + line);
    this.#output.write(HOME + all.join("\r\n") + CLEAR_BELOW);
  }

  close(): void {
    process.off("SIGINT", this.#quit);
    process.off("SIGTERM", this.#quit);
    process.off("SIGHUP", this.#quit);
    this.#output.off("resize", this.#onResize);
    if (this.#input.isTTY) {
      this.#input.off("data", this.#readKeys);
      this.#input.setRawMode(false);
      this.#input.pause();
    }
    this.#output.write(LEAVE);
  }
}
