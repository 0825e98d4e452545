import { after, earliest, type Duration, type Instant } from "../../base/time.js";
import { OwnStall } from "../../core/membership/own-stall.js";
import { type JudgedTargets, PingJudge } from "../../core/membership/ping-judge.js";

/** Asks targets in some way and hears their answers. */
export interface Prober {
  /** What to wait for; may change with every round. */
  readonly fds: readonly number[];
  /** Asks again. Answers with the targets whose silence means something, sent or not. */
  ask(now: Instant): readonly string[];
  /** Takes all answers that have come, and tells from whom. Never waits. */
  drain(now: Instant): readonly string[];
  close(): void;
}

export interface ProbedOptions extends JudgedTargets {
  readonly interval: Duration;
  readonly prober: Prober;
}

/** What is another than before; undefined where it is not. */
export interface ProbeNews {
  /** The verdict. */
  readonly reachable: boolean | undefined;
  /** Whether any answers come lately, where that is asked. */
  readonly answering: boolean | undefined;
}

/** When the first of them is to run, if no descriptor can be read before; undefined: there are none. */
export function firstDeadline(all: readonly ProbedTargets[]): Instant | undefined {
  const [first, ...others] = all.map((each) => each.deadline());
  return first === undefined ? undefined : others.reduce(earliest, first);
}

/**
 * Targets that are asked round by round, and the verdict on them. Silence is judged only after everything that waits was
 * read; and when this thread was late itself, which says nothing about the targets, the lateness is credited to them.
 */
export class ProbedTargets {
  readonly #prober: Prober;
  readonly #interval: Duration;
  readonly #judge: PingJudge;
  readonly #stall = new OwnStall();
  #nextRound: Instant;

  constructor(options: ProbedOptions, now: Instant) {
    this.#prober = options.prober;
    this.#interval = options.interval;
    this.#judge = new PingJudge(options, now);
    this.#nextRound = now;
  }

  get fds(): readonly number[] {
    return this.#prober.fds;
  }

  /** When to run, if no descriptor can be read before. */
  deadline(): Instant {
    return earliest(this.#nextRound, this.#judge.silentAt ?? this.#nextRound);
  }

  silent(now: Instant): readonly string[] {
    return this.#judge.silent(now);
  }

  /** Takes answers, judges, and asks again when it is time. */
  run(now: Instant): ProbeNews {
    const lateness = this.#stall.notice(now, this.deadline(), this.#interval);
    if (lateness !== undefined) this.#judge.credit(lateness, now);
    for (const target of this.#prober.drain(now)) this.#judge.answered(target, now);
    const news = { answering: this.#judge.noticeAnswers(now), reachable: this.#judge.judge(now) };
    if (now >= this.#nextRound) this.#startRound(now);
    return news;
  }

  close(): void {
    this.#prober.close();
  }

  #startRound(now: Instant): void {
    this.#judge.roundStarted();
    this.#judge.retarget(this.#prober.ask(now), now);
    this.#nextRound = after(now, this.#interval);
  }
}
