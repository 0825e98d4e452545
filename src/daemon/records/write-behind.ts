/** How long a refused write waits for its next attempt. */
const RETRY_MS = 2_000;

export interface WriteBehindOptions {
  /** Writes all that waits. When it throws, what was not written must wait still. */
  readonly write: () => Promise<void>;
  readonly refused: (error: unknown) => void;
}

/** Slow writing that nobody waits for: never twice at once, and again a while after a refusal. */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  #woken = false;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  /** Something waits to be written. */
  wake(): void {
    this.#woken = true;
    if (this.#retry === undefined) this.#running ??= this.#run();
  }

  /** The same, but not before the time that a refusal takes to pass. */
  wakeLater(): void {
    this.#woken = true;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      this.#running ??= this.#run();
    }, RETRY_MS).unref();
  }

  /** Resolves when all that waits is written, or was refused once more. */
  async close(): Promise<void> {
    clearTimeout(this.#retry);
    if (this.#woken) this.#running ??= this.#run();
    await this.#running;
    clearTimeout(this.#retry);
  }

  async #run(): Promise<void> {
    try {
      while (this.#woken) {
        this.#woken = false;
        await this.#options.write();
      }
    } catch (error) {
      this.#options.refused(error);
      this.wakeLater();
    }
    this.#running = undefined;
  }
}
