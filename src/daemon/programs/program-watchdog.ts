import { type Duration, inMilliseconds } from "../../base/time.js";

/** A timer can't be longer, and is over at once where it is to be (setTimeout). */
const TIMER_MS_MAX: number = 2 ** 31 - 1;

export interface ProgramWatchdogOptions {
  /** Reads what the program has said and nobody has heard yet, and has it fed by that. */
  readonly readRest: () => void;
  /** @param problem undefined: it is well again */
  readonly onVerdict: (problem: string | undefined) => void;
}

/** Watches a program that is to say regularly that it is well: from when it is ready, since its start may take longer. */
export class ProgramWatchdog {
  readonly #options: ProgramWatchdogOptions;
  #span: Duration | undefined;
  #isArmed = false;
  #hasFailed = false;
  #timer: NodeJS.Timeout | undefined;
  /** On the clock of `performance.now()`. */
  #due = 0;

  constructor(options: ProgramWatchdogOptions) {
    this.#options = options;
  }

  /** @param span 0: it is not watched any more. */
  set(span: Duration): void {
    this.#span = span > 0 ? span : undefined;
    if (span > 0) this.#wait();
    else this.feed();
  }

  arm(): void {
    this.#isArmed = true;
    this.#wait();
  }

  feed(): void {
    if (this.#hasFailed) this.#options.onVerdict(undefined);
    this.#hasFailed = false;
    this.#wait();
  }

  /** Says that it has failed, and is to be treated so. */
  trigger(): void {
    this.#failed("it says so itself (WATCHDOG=trigger)");
  }

  end(): void {
    this.#isArmed = false;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (!this.#isArmed || this.#span === undefined) return;
    const ms = inMilliseconds(this.#span);
    this.#due = performance.now() + ms;
    this.#sleep(ms);
  }

  #sleep(ms: number): void {
    const left = this.#due - performance.now();
    if (left > TIMER_MS_MAX) this.#timer = setTimeout(() => this.#sleep(ms), TIMER_MS_MAX);
    else this.#timer = setTimeout(() => this.#late(ms), Math.ceil(left));
  }

  #late(ms: number): void {
    const due = this.#due;
    // Timers come before what waits to be read: it may have been fed while nobody listened.
    this.#options.readRest();
    if (this.#due !== due || !this.#isArmed) return;
    // Who wakes up far too late stood still, and the program perhaps too: it has its time anew.
    if (performance.now() - due > ms / 2) this.#wait();
    else this.#failed(`no WATCHDOG=1 within ${ms} ms`);
  }

  #failed(problem: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onVerdict(problem);
  }
}
