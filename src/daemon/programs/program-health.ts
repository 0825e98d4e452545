import { isDeepStrictEqual } from "node:util";
import { HealthJudge } from "../../core/supervision/health-judge.js";
import { type Duration, doubled, inMilliseconds, milliseconds, seconds } from "../../base/time.js";
import type {
  HealthCheck,
  HealthProbe,
  ProgramConfig,
  ProgramHealth,
  ProgramInput,
  ProgramRole,
  ProgramRun,
} from "../../model/program.js";
import type { ProbeAnswer } from "../../model/probe-answer.js";
import { probe, type RunCommand } from "../../os/node/health-probe.js";

/** Whether a program that was started answers: asked often at first, since each millisecond is a client's. */
const READY_DELAY_MS = 5;
const READY_DELAY_MS_MAX = 250;
/** What asks may hang, and is given up after this; what just takes longer has twice the time with each patient question. */
const READY_TIMEOUT: Duration = milliseconds(1_000);
/** Timers of questions may be a moment early. */
const LATE = 0.9;
const isLate = (took: Duration, timeout: Duration): boolean => took >= LATE * timeout;
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
    if (isLate(took, this.timeout)) onLate(this);
    this.#timer = setTimeout(() => void this.#ask(), this.#delay);
    this.#delay = Math.min(READY_DELAY_MS_MAX, this.#delay * 1.5);
  }
}

interface RoundsOptions {
  readonly probe: HealthProbe;
  readonly interval: Duration;
  readonly timeout: Duration;
  readonly run: RunCommand;
  /** Whether the first comes at once, and not at a moment of its own. */
  readonly isAtOnce: boolean;
  readonly onAnswer: (answer: ProbeAnswer) => void;
}

/**
 * Probes a program at its interval. The next probe waits for the answer to the one before, or its absence, so that they
 * never pile up; and the first comes at a moment of its own, so that many programs are not all probed at once.
 */
export class Rounds {
  readonly #options: RoundsOptions;
  #due: number;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
    const { interval, isAtOnce } = options;
    this.#due = performance.now() + (isAtOnce ? 0 : Math.random() * inMilliseconds(interval));
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
    const { probe: what, timeout, run, onAnswer } = this.#options;
    const answer = await probe(what, timeout, run);
    if (this.#ended) return;
    onAnswer(answer);
    const interval = inMilliseconds(this.#options.interval);
    const missed = Math.max(0, Math.ceil((performance.now() - this.#due) / interval) - 1);
    this.#due += interval * (1 + missed);
    this.#wait();
  }
}

type OnVerdict = (health: ProgramHealth, problem: string) => void;

/**
 * Whether a program that is ready still works, by a check that may become another one. What was found by an earlier check counts
 * until the present one finds otherwise; where there is none any more, nothing is wrong.
 */
export class HealthWatch {
  readonly #run: RunCommand;
  readonly #onVerdict: OnVerdict;
  #check: HealthCheck | undefined;
  #judge: HealthJudge | undefined;
  #rounds: Rounds | undefined;

  constructor(run: RunCommand, onVerdict: OnVerdict) {
    this.#run = run;
    this.#onVerdict = onVerdict;
  }

  /** From now on by this check; by the one that it has already, it goes on in its rhythm. */
  goOnBy(check: HealthCheck | undefined): void {
    if (isDeepStrictEqual(check, this.#check)) return;
    this.end();
    const verdict = this.#judge?.verdict;
    this.#check = check;
    this.#judge = check === undefined ? undefined : new HealthJudge(check, verdict);
    if (check !== undefined) this.#rounds = this.#begin(check);
    else if (verdict !== undefined && verdict !== "healthy") this.#onVerdict("healthy", "");
  }

  end(): void {
    this.#rounds?.end();
  }

  #begin({ probe: what, interval, timeout }: HealthCheck): Rounds {
    const onAnswer = (answer: ProbeAnswer): void => {
      const health = this.#judge?.hear(answer);
      if (health !== undefined) this.#onVerdict(health, answer.problem ?? slowText(health, answer.took));
    };
    return new Rounds({ probe: what, interval, timeout, run: this.#run, isAtOnce: false, onAnswer });
  }
}

/** Watches the health of a run that is ready, where its configuration has a check. */
export function watchHealth(
  { run, config: { health } }: ProgramRun,
  command: RunCommand,
  say: (input: ProgramInput) => void,
): HealthWatch {
  const onVerdict: OnVerdict = (verdict, problem) => say({ kind: "program-judged", run, health: verdict, problem });
  const watch = new HealthWatch(command, onVerdict);
  watch.goOnBy(health);
  return watch;
}

const slowText = (verdict: ProgramHealth, took: Duration): string =>
  verdict === "slow" ? `its answers take ${Math.round(inMilliseconds(took))} ms` : "";

/** Asks a program whether it has caught up, where its configuration says how, for as long as it stands by. */
export class CaughtUpWatch {
  #start: ProgramRun;
  readonly #command: RunCommand;
  readonly #say: (input: ProgramInput) => void;
  #rounds: Rounds | undefined;
  /** In which it is ready; undefined: it is told one, or not ready yet. */
  #followed: ProgramRole | undefined;
  #isOver = false;

  constructor(start: ProgramRun, command: RunCommand, say: (input: ProgramInput) => void) {
    this.#start = start;
    this.#command = command;
    this.#say = say;
  }

  /** It is ready, or has acted on a role. */
  follow(role: ProgramRole): void {
    this.pause();
    this.#followed = role;
    const { caughtUp: check } = this.#start.config;
    if (check === undefined || role === "holder" || this.#isOver) return;
    let known: { readonly isCaughtUp: boolean } | undefined;
    const onAnswer = ({ problem, took }: ProbeAnswer): void => {
      const isCaughtUp = problem === undefined;
      // The machine may be slow, and what it has is what it had.
      if (isLate(took, check.timeout) && !isCaughtUp) return;
      if (known?.isCaughtUp === isCaughtUp) return;
      known = { isCaughtUp };
      this.#say({ kind: "program-caught-up", run: this.#start.run, problem });
    };
    this.#rounds = new Rounds({ ...check, run: this.#command, isAtOnce: true, onAnswer });
  }

  /** It goes on by another configuration: where it is asked, and otherwise than before, it answers anew. */
  watchBy(config: ProgramConfig): void {
    const isOther = !isDeepStrictEqual(config.caughtUp, this.#start.config.caughtUp);
    this.#start = { ...this.#start, config };
    if (isOther && this.#followed !== undefined) this.follow(this.#followed);
  }

  /** It is told a role. */
  pause(): void {
    this.#rounds?.end();
    this.#rounds = undefined;
    this.#followed = undefined;
  }

  /** It ends. */
  end(): void {
    this.#isOver = true;
    this.pause();
  }
}
