/**
 * What follows when a program has ended by itself, by its configured policy: what its exit leads to, how many restarts
 * are left and after which delay, and what is done when they are used up.
 *
 * A restart ages only while the program is well, or not tried at all. One that takes a minute to show that it is of no
 * use would else outlive the memory of each restart before it, and be restarted for ever.
 */
import { exitKey } from "../../model/exit-text.js";
import { type Duration, type Instant, after, between, latest, seconds } from "../../base/time.js";
import type { ExitAction, ProgramExit, RestartConfig } from "../../model/program.js";
import type { ProgramNext } from "../../model/program-note.js";
import type { Run } from "./program-run.js";

/** A program that another node should have, and none can: tried again here, ever more slowly. */
const LONELY_DELAYS: readonly Duration[] = [10, 30, 60, 120, 300].map(seconds);

/**
 * Whatever the policy: so many restarts within this time, and the next one waits until the first of them is past it. A
 * program that ends as soon as it is started would else keep a processor busy with nothing but its starts.
 */
const BURST = { restarts: 5, within: seconds(10) } as const;

/** What is wrong with one that served until it ended: its restart may mend that before anybody need hear of it. */
export const ENDED = "it ended";

/** How what is lost with its host may have ended. */
const LOST: readonly ProgramExit[] = [{ kind: "not-running" }, { kind: "signal", signal: "SIGKILL" }];

export class RestartPolicy {
  config: RestartConfig;
  /** No other node could take the service: what would move it is a restart here. */
  isAlone = false;
  /** When the restarts that count were decided, on the clock that they age by. */
  #restarts: Instant[] = [];
  /** How long that clock has stood still so far; `since`: it does now. */
  #still: { readonly sum: Duration; readonly since: Instant | undefined } = { sum: seconds(0), since: undefined };
  /** When the latest ones were due, as many as a burst has. */
  #burst: readonly Instant[] = [];
  /** Times in a row that nothing but another node was left to try. */
  #failures = 0;
  #total = 0;
  #moves = 0;

  constructor(config: RestartConfig) {
    this.config = config;
  }

  /** All restarts by policy so far. */
  get total(): number {
    return this.#total;
  }

  /** Times that another node was asked for, since the agent's start. */
  get moves(): number {
    return this.#moves;
  }

  /** Times in a row that it came to the end of its means here. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether time that passes from now on makes its restarts older. */
  setAging(now: Instant, isAging: boolean): void {
    const { sum, since } = this.#still;
    const soFar = (sum + between(since ?? now, now)) as Duration;
    this.#still = { sum: soFar, since: isAging ? undefined : now };
  }

  /** In the last so long it was not well, as is known only now. */
  discount(span: Duration): void {
    this.#still = { ...this.#still, sum: (this.#still.sum + span) as Duration };
  }

  /** @param readySince when it became ready in the run that has ended; undefined: it never did */
  ended(now: Instant, exit: ProgramExit, readySince: Instant | undefined): ProgramNext {
    this.#review(now, readySince);
    return this.#next(now, actionFor(exit, this.config));
  }

  /** What is wrong with one that has ended so; undefined: that is the end of its work, and not of its means. */
  problemOf(exit: ProgramExit, wasReady: boolean): string | undefined {
    const isGood = exit.kind === "status" && exit.status === 0;
    if (isGood && actionFor(exit, this.config) === "stop") return undefined;
    return wasReady ? ENDED : "it ended before it was ready";
  }

  /**
   * It went with the process that watches programs: not its fault, and no restart of the policy. But what its file would
   * not have begun anew here after an end that nobody can tell of is not begun anew here; but for a standby's, where nobody
   * else has use for that.
   */
  lost(now: Instant, run: Pick<Run, "role" | "readySince"> | undefined): ProgramNext {
    if (run === undefined) return { kind: "nothing" };
    if (run.role !== "holder") return { kind: "start-again" };
    const mustMove = LOST.some((exit) => actionFor(exit, this.config) === "move");
    if (!mustMove || this.isAlone) return { kind: "start-again" };
    this.#review(now, run.readySince);
    return this.#moved(0);
  }

  /** It lives, and is to be started anew all the same. */
  troubled(now: Instant, readySince: Instant | undefined, action: "restart" | "move"): ProgramNext {
    this.#review(now, readySince);
    return this.#next(now, action);
  }

  /** It did not become what it was told to be. One that ends rather than stand by does what it is made for. */
  refused(now: Instant, { role, readySince }: Pick<Run, "role" | "readySince">): ProgramNext {
    return role === "standby" ? { kind: "start-again" } : this.troubled(now, readySince, "restart");
  }

  /** It cannot even be started, or not become ready: trying again at once would be of no use. */
  unusable(now: Instant): ProgramNext {
    this.#review(now, undefined);
    return this.#exhausted(this.#restarts.length);
  }

  /** When a program that failed for good here is tried again all the same. */
  get lonelyDelay(): Duration {
    return LONELY_DELAYS[Math.min(this.#failures, LONELY_DELAYS.length) - 1] ?? seconds(300);
  }

  /** An operator mended what was wrong. */
  forgive(): void {
    this.#restarts = [];
    this.#burst = [];
    this.#failures = 0;
  }

  #review(now: Instant, readySince: Instant | undefined): void {
    if (readySince !== undefined && between(readySince, now) >= this.config.reset) this.forgive();
    const age = this.#age(now);
    this.#restarts = this.#restarts.filter((at) => between(at, age) < this.config.within);
  }

  /** Now, on the clock that restarts age by. */
  #age(now: Instant): Instant {
    const { sum, since = now } = this.#still;
    return after(since, -sum as Duration);
  }

  #next(now: Instant, action: ExitAction): ProgramNext {
    switch (action) {
      case "stop":
        return { kind: "stop", usedUp: 0 };
      case "move":
        return this.isAlone ? this.#restart(now) : this.#moved(0);
      case "restart":
        return this.#restart(now);
    }
  }

  #restart(now: Instant): ProgramNext {
    const { delays, within } = this.config;
    const delay = delays[this.#restarts.length];
    if (delay === undefined) return this.#exhausted(delays.length);
    this.#restarts.push(this.#age(now));
    this.#total += 1;
    return { kind: "restart", delay: this.#spaced(now, delay), nth: this.#restarts.length, of: delays.length, within };
  }

  #spaced(now: Instant, delay: Duration): Duration {
    const [first] = this.#burst.length < BURST.restarts ? [] : this.#burst;
    const wished = after(now, delay);
    const due = first === undefined ? wished : latest(wished, after(first, BURST.within));
    this.#burst = [...this.#burst, due].slice(-BURST.restarts);
    return between(now, due);
  }

  #exhausted(usedUp: number): ProgramNext {
    const { exhausted } = this.config;
    switch (exhausted.kind) {
      case "move":
        return this.#moved(usedUp);
      case "stop":
        return { kind: "stop", usedUp };
      case "retry":
        return { kind: "retry", delay: exhausted.every, usedUp };
    }
  }

  #moved(usedUp: number): ProgramNext {
    this.#failures += 1;
    this.#moves += 1;
    return { kind: "move", usedUp, ...(this.isAlone ? { again: this.lonelyDelay } : {}) };
  }
}

function actionFor(exit: ProgramExit, { exits }: RestartConfig): ExitAction {
  const key = exitKey(exit);
  return (Object.hasOwn(exits, key) ? exits[key] : exits["*"]) ?? "restart";
}
