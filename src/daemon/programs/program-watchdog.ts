import { type Duration, inMilliseconds } from "../../base/time.js";

/** Calls when a program that is to say so regularly did not say that it is well, once for each time that it falls silent. */
export class ProgramWatchdog {
  readonly #onSilence: (span: Duration) => void;
  #span: Duration | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(onSilence: (span: Duration) => void) {
    this.#onSilence = onSilence;
  }

  /** @param span 0: it is not watched any more. */
  set(span: Duration): void {
    this.end();
    this.#span = span > 0 ? span : undefined;
    this.feed();
  }

  feed(): void {
    const span = this.#span;
    if (span === undefined) return;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#onSilence(span), inMilliseconds(span));
    else this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#span = undefined;
  }
}
