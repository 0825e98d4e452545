import { type Duration, inMilliseconds } from "../../base/time.js";
import { programsStopMax } from "../../model/program-stop-time.js";
import type { ProgramRun } from "../../model/program.js";
import type { HostedRun } from "./program-host-tools.js";

/** A run, and what it was ordered as. */
export interface EndingRun {
  readonly start: ProgramRun;
  readonly run: HostedRun;
}

/**
 * Ends programs without an agent as one would: those that come after others before these, each with the time that it is
 * configured with, and then SIGKILL.
 */
export class OrderlyEnd {
  readonly #left: () => readonly EndingRun[];
  readonly #done: () => void;
  readonly #asked = new Set<number>();
  readonly #late: NodeJS.Timeout;
  #isDone = false;

  /**
   * @param left those that are not gone yet.
   * @param done nothing is left, or will not end.
   */
  constructor(left: () => readonly EndingRun[], done: () => void) {
    this.#left = left;
    this.#done = done;
    this.#late = setTimeout(() => this.#finish(), inMilliseconds(longestOf(left().map(({ start }) => start))));
    this.review();
  }

  /** To be called when one of them is gone. */
  review(): void {
    const left = this.#left();
    if (left.length === 0) this.#finish();
    for (const { start, run } of left) {
      const { service, config } = start;
      const isNeeded = left.some(
        (other) => other.start.service === service && other.start.config.after.includes(config.name),
      );
      if (isNeeded || this.#asked.has(start.run)) continue;
      this.#asked.add(start.run);
      run.stop();
      setTimeout(() => this.#kill(start.run), inMilliseconds(config.stop.timeout)).unref();
    }
  }

  #kill(number: number): void {
    for (const { start, run } of this.#left()) if (start.run === number) run.kill();
  }

  #finish(): void {
    clearTimeout(this.#late);
    if (this.#isDone) return;
    this.#isDone = true;
    this.#done();
  }
}

/** Services end side by side. */
function longestOf(runs: readonly ProgramRun[]): Duration {
  const services = [...new Set(runs.map(({ service }) => service))];
  const times = services.map((name) =>
    programsStopMax(runs.filter(({ service }) => service === name).map(({ config }) => config)),
  );
  return Math.max(0, ...times) as Duration;
}
