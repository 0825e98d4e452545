import { type Duration, inMilliseconds } from "../../base/time.js";
import { programEndMax, programsStopMax } from "../../model/program-stop-time.js";
import type { ProgramRun } from "../../model/program.js";
import type { HostedRun } from "./program-host-tools.js";

/** A run, and what it was ordered as. */
export interface EndingRun {
  readonly start: ProgramRun;
  readonly run: HostedRun;
}

/** When one was asked to end, and when it is killed; in milliseconds of the process. */
interface Asked {
  readonly since: number;
  readonly due: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Ends programs without an agent as one would: those that come after others before these, each with the time that it is
 * configured with, or asks for, and then SIGKILL.
 */
export class OrderlyEnd {
  readonly #left: () => readonly EndingRun[];
  readonly #done: () => void;
  readonly #asked = new Map<number, Asked>();
  readonly #late: NodeJS.Timeout;
  #isDone = false;

  /**
   * @param left those that are not gone yet.
   * @param done nothing is left, or will not end.
   */
  constructor(left: () => readonly EndingRun[], done: () => void) {
    this.#left = left;
    this.#done = done;
    this.#late = setTimeout(() => this.#finish(), inMilliseconds(orderlyEndMax(left())));
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
      this.#asked.set(start.run, this.#killIn(start.run, config.stop.timeout));
      run.stop();
    }
  }

  /** It says that it needs so much more time; in all it has no more than an agent would give it. */
  extend(number: number, by: Duration): void {
    const asked = this.#asked.get(number);
    const config = this.#left().find(({ start }) => start.run === number)?.start.config;
    if (asked === undefined || config === undefined) return;
    const now = performance.now();
    const last = asked.since + inMilliseconds(programEndMax(config));
    const due = Math.max(asked.due, Math.min(now + inMilliseconds(by), last));
    clearTimeout(asked.timer);
    this.#asked.set(number, { ...asked, due, timer: setTimeout(() => this.#kill(number), due - now).unref() });
  }

  #killIn(number: number, span: Duration): Asked {
    const [since, ms] = [performance.now(), inMilliseconds(span)];
    return { since, due: since + ms, timer: setTimeout(() => this.#kill(number), ms).unref() };
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

/** How long it takes at most: services end side by side. */
export function orderlyEndMax(left: readonly EndingRun[]): Duration {
  const runs = left.map(({ start }) => start);
  const services = [...new Set(runs.map(({ service }) => service))];
  const times = services.map((name) =>
    programsStopMax(runs.filter(({ service }) => service === name).map(({ config }) => config)),
  );
  return Math.max(0, ...times) as Duration;
}
