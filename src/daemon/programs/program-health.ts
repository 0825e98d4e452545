import { HealthJudge } from "../../core/supervision/health-judge.js";
import { type Duration, doubled, inMilliseconds, milliseconds, seconds } from "../../base/time.js";
import type { HealthCheck, HealthProbe, ProgramHealth, ProgramInput, ProgramRun } from "../../model/program.js";
import { probe, type RunCommand } from "../../os/node/health-probe.js";

/** Whether a program that was started answers: asked often at first, since each millisecond is a client's. */
const READY_DELAY_MS = 5;
const READY_DELAY_MS_MAX = 250;
/** What asks may hang, and is given up after this; what just takes longer gets twice the time the next time. */
const READY_TIMEOUT: Duration = milliseconds(1_000);
const READY_TIMEOUT_MAX: Duration = seconds(3_600);

/** Asks until the answer is good. Whoever waits for that gives it up. */
export class ReadyWatch {
  readonly #probe: HealthProbe;
  readonly #run: RunCommand;
  readonly #onReady: () => void;
  #delay = READY_DELAY_MS;
  #timeout: Duration = READY_TIMEOUT;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(what: HealthProbe, run: RunCommand, onReady: () => void) {
    this.#probe = what;
    this.#run = run;
    this.#onReady = onReady;
    void this.#ask();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const { problem, took } = await probe(this.#probe, this.#timeout, this.#run);
    if (this.#ended) return;
    if (problem === undefined) {
      this.#onReady();
      return;
    }
    if (took >= this.#timeout) this.#timeout = doubled(this.#timeout, 1, READY_TIMEOUT_MAX);
    this.#timer = setTimeout(() => void this.#ask(), this.#delay);
    this.#delay = Math.min(READY_DELAY_MS_MAX, this.#delay * 1.5);
  }
}

export interface HealthWatchOptions {
  readonly probe: HealthProbe;
  readonly check: HealthCheck;
  readonly run: RunCommand;
  readonly onVerdict: (health: ProgramHealth, problem: string) => void;
}

/**
 * Probes a program at its interval. The next probe waits for the answer to the one before, or its absence, so that they
 * never pile up; and the first comes at a moment of its own, so that many programs are not all probed at once.
 */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  readonly #judge: HealthJudge;
  #due: number;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
    this.#judge = new HealthJudge(options.check);
    this.#due = performance.now() + Math.random() * inMilliseconds(options.check.interval);
    this.#wait();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(() => void this.#ask(), Math.max(0, this.#due - performance.now()));
  }

  async #ask(): Promise<void> {
    const { check, run, onVerdict } = this.#options;
    const answer = await probe(this.#options.probe, check.timeout, run);
    if (this.#ended) return;
    const verdict = this.#judge.hear(answer);
    if (verdict !== undefined) onVerdict(verdict, answer.problem ?? slowText(verdict, answer.took));
    const interval = inMilliseconds(check.interval);
    const missed = Math.max(0, Math.ceil((performance.now() - this.#due) / interval) - 1);
    this.#due += interval * (1 + missed);
    this.#wait();
  }
}

/** Watches the health of a run, where its configuration has a check. */
export function watchHealth(
  { run, config: { health: check } }: ProgramRun,
  command: RunCommand,
  say: (input: ProgramInput) => void,
): HealthWatch | undefined {
  if (check === undefined) return undefined;
  return new HealthWatch({
    probe: check.probe,
    check,
    run: command,
    onVerdict: (health, problem) => say({ kind: "program-judged", run, health, problem }),
  });
}

const slowText = (verdict: ProgramHealth, took: Duration): string =>
  verdict === "slow" ? `its answers take ${Math.round(inMilliseconds(took))} ms` : "";
