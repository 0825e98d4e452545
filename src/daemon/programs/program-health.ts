import { isDeepStrictEqual } from "node:util";
import { HealthJudge } from "../../core/supervision/health-judge.js";
import { type Duration, doubled, inMilliseconds, milliseconds, seconds } from "../../base/time.js";
import type { HealthCheck, HealthProbe, ProgramHealth, ProgramInput, ProgramRun } from "../../model/program.js";
import type { ProbeAnswer } from "../../model/probe-answer.js";
import { probe, type RunCommand } from "../../os/node/health-probe.js";

/** Whether a program that was started answers: asked often at first, since each millisecond is a client's. */
const READY_DELAY_MS = 5;
const READY_DELAY_MS_MAX = 250;
/** What asks may hang, and is given up after this; what just takes longer has twice the time with each patient question. */
const READY_TIMEOUT: Duration = milliseconds(1_000);
/** Timers of questions may be a moment early. */
const LATE = 0.9;
const READY_TIMEOUT_MAX: Duration = seconds(3_600);

type Ask = (timeout: Duration, signal: AbortSignal) => Promise<ProbeAnswer>;

/**
 * Asks until an answer is good. Whoever waits for that gives it up. Once a question was in vain for its time, there are two at
 * a time: a patient one, for what takes long to answer, and a brisk one beside it, since what hangs would keep the next one
 * waiting while the program has long been ready.
 */
export class ReadyWatch {
  readonly #ask: Ask;
  readonly #onReady: () => void;
  readonly #brisk: Questions;
  #patient: Questions | undefined;

  constructor(what: HealthProbe, run: RunCommand, onReady: () => void) {
    this.#ask = (timeout, signal) => probe(what, timeout, run, signal);
    this.#onReady = onReady;
    this.#brisk = this.#begin(READY_TIMEOUT, () => {
      this.#patient ??= this.#begin(doubled(READY_TIMEOUT, 1, READY_TIMEOUT_MAX), (patient) => {
        patient.timeout = doubled(patient.timeout, 1, READY_TIMEOUT_MAX);
      });
    });
  }

  /** Questions that are out are given up. */
  end(): void {
    this.#brisk.end();
    this.#patient?.end();
  }

  #begin(timeout: Duration, onLate: (questions: Questions) => void): Questions {
    const onGood = (): void => {
      this.end();
      this.#onReady();
    };
    return new Questions({ ask: this.#ask, onGood, onLate }, timeout);
  }
}

interface QuestionsOptions {
  readonly ask: Ask;
  readonly onGood: () => void;
  /** One was in vain for all of its time. */
  readonly onLate: (questions: Questions) => void;
}

/** One question after the other. */
class Questions {
  readonly #options: QuestionsOptions;
  timeout: Duration;
  #delay = READY_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;
  /** Gives up the question that is out. */
  #out = new AbortController();

  constructor(options: QuestionsOptions, timeout: Duration) {
    this.#options = options;
    this.timeout = timeout;
    void this.#ask();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#out.abort();
  }

  async #ask(): Promise<void> {
    const { ask, onGood, onLate } = this.#options;
    this.#out = new AbortController();
    const { signal } = this.#out;
    const { problem, took } = await ask(this.timeout, signal);
    if (signal.aborted) return;
    if (problem === undefined) {
      onGood();
      return;
    }
    if (took >= LATE * this.timeout) onLate(this);
    this.#timer = setTimeout(() => void this.#ask(), this.#delay);
    this.#delay = Math.min(READY_DELAY_MS_MAX, this.#delay * 1.5);
  }
}

export interface HealthWatchOptions {
  readonly run: RunCommand;
  readonly onVerdict: (health: ProgramHealth, problem: string) => void;
}

/**
 * Probes a program at its interval. The next probe waits for the answer to the one before, or its absence, so that they
 * never pile up; and the first comes at a moment of its own, so that many programs are not all probed at once. What was found
 * by an earlier check counts until the present one finds otherwise; where there is none any more, nothing is wrong.
 */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  #check: HealthCheck | undefined;
  #judge: HealthJudge | undefined;
  #due = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Gives up the probe that is out. */
  #out = new AbortController();

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  /** From now on by this check; by the one that it has already, it goes on in its rhythm. */
  goOnBy(check: HealthCheck | undefined): void {
    if (isDeepStrictEqual(check, this.#check)) return;
    this.end();
    const verdict = this.#judge?.verdict;
    this.#check = check;
    if (check === undefined) {
      this.#judge = undefined;
      if (verdict !== undefined && verdict !== "healthy") this.#options.onVerdict("healthy", "");
      return;
    }
    this.#judge = new HealthJudge(check, verdict);
    this.#due = performance.now() + Math.random() * inMilliseconds(check.interval);
    this.#wait(check);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#out.abort();
  }

  #wait(check: HealthCheck): void {
    this.#timer = setTimeout(() => void this.#ask(check), Math.max(0, this.#due - performance.now()));
  }

  async #ask(check: HealthCheck): Promise<void> {
    const { run, onVerdict } = this.#options;
    this.#out = new AbortController();
    const { signal } = this.#out;
    const answer = await probe(check.probe, check.timeout, run, signal);
    if (signal.aborted) return;
    const verdict = this.#judge?.hear(answer);
    if (verdict !== undefined) onVerdict(verdict, answer.problem ?? slowText(verdict, answer.took));
    const interval = inMilliseconds(check.interval);
    const missed = Math.max(0, Math.ceil((performance.now() - this.#due) / interval) - 1);
    this.#due += interval * (1 + missed);
    // What was said of it may have had it ended.
    if (!signal.aborted) this.#wait(check);
  }
}

/** Watches the health of a run that is ready, where its configuration has a check. */
export function watchHealth(
  { run, config: { health } }: ProgramRun,
  command: RunCommand,
  say: (input: ProgramInput) => void,
): HealthWatch {
  const watch = new HealthWatch({
    run: command,
    onVerdict: (verdict, problem) => say({ kind: "program-judged", run, health: verdict, problem }),
  });
  watch.goOnBy(health);
  return watch;
}

const slowText = (verdict: ProgramHealth, took: Duration): string =>
  verdict === "slow" ? `its answers take ${Math.round(inMilliseconds(took))} ms` : "";
