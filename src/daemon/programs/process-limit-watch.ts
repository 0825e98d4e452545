import type { ProgramGroup } from "../../os/linux/program-group.js";

const LOOK_MS = 1_000;
/** So many looks without a refusal show that it has room again. */
const LOOKS_CLEAR = 5;

/** Notices that a program may start no more processes, which nothing else tells: it goes on, or fails in ways of its own. */
export class ProcessLimitWatch {
  readonly #group: ProgramGroup;
  readonly #onVerdict: (problem: string | undefined) => void;
  readonly #timer: NodeJS.Timeout;
  #refused: number;
  /** Looks since the last refusal; undefined: it has room, as far as was told. */
  #clear: number | undefined;

  /** @param onVerdict is given what is wrong, and undefined when it is over. */
  constructor(group: ProgramGroup, onVerdict: (problem: string | undefined) => void) {
    this.#group = group;
    this.#onVerdict = onVerdict;
    this.#refused = group.refusedStarts();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const refused = this.#group.refusedStarts();
    const isRefused = refused > this.#refused;
    this.#refused = refused;
    if (isRefused) {
      if (this.#clear === undefined)
        this.#onVerdict("it has as many processes and threads as it may, and starts of more are refused");
      this.#clear = 0;
    } else if (this.#clear !== undefined) {
      this.#clear += 1;
      if (this.#clear < LOOKS_CLEAR) return;
      this.#clear = undefined;
      this.#onVerdict(undefined);
    }
  }
}
