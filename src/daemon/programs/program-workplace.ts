import type { Duration } from "../../base/time.js";
import { inMilliseconds } from "../../base/time.js";
import { STEP_MAX } from "../../core/supervision/program-run.js";
import type { ProgramExit, ProgramRun } from "../../model/program.js";
import { markOf } from "../../os/linux/marked-processes.js";
import { survivorsText } from "../../os/linux/process-state.js";
import type { ProgramGroup } from "../../os/linux/program-group.js";
import { type OutputStream, ProgramOutput } from "../../os/node/program-output.js";
import { ProgramLog, programLogFile } from "../../os/node/program-log.js";
import { type StartedProcess, startProcess, startRefusal } from "../../os/node/program-process.js";
import { signalIfThere } from "../../os/node/signal-if-there.js";
import type { UserIdentity } from "../../os/node/user-identity.js";
import { ProcessLimitWatch } from "./process-limit-watch.js";
import type { HostTools } from "./program-host-tools.js";
import { runName } from "./program-record.js";
import type { Spare } from "./program-spares.js";

/** How a command ended that was run beside a program, or for it. */
export interface CommandEnd {
  readonly exit: ProgramExit;
  readonly isLate: boolean;
  /** The last that it wrote to its standard error. */
  readonly words: string;
}

const WORDS_MAX = 200;
/** What was killed is gone in milliseconds; what is not is killed again so often, and told of each so many times. */
const KILL_AGAIN_MS = 100;
const ROUNDS_TOLD = 20;

/** The time that something may take, for which more may be asked meanwhile, up to an hour in all. */
export class TimeLimit {
  readonly #onLate: () => void;
  readonly #latestMs: number;
  #dueMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isExtended = false;

  constructor(timeout: Duration, onLate: () => void) {
    const now = performance.now();
    this.#onLate = onLate;
    this.#dueMs = now + inMilliseconds(timeout);
    this.#latestMs = now + inMilliseconds(STEP_MAX);
    this.#wait(now);
  }

  get isExtended(): boolean {
    return this.#isExtended;
  }

  /** It has so much from now on; what it has already is not taken away. */
  extend(by: Duration): void {
    const now = performance.now();
    const dueMs = Math.min(now + inMilliseconds(by), this.#latestMs);
    if (this.#timer === undefined || dueMs <= this.#dueMs) return;
    this.#isExtended = true;
    this.#dueMs = dueMs;
    this.#wait(now);
  }

  /** The time is over when nobody waits for it any more. */
  endWith(signal: AbortSignal | undefined): void {
    signal?.addEventListener("abort", () => this.#expire(), { once: true });
  }

  /** It has been done. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(now: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#expire(), this.#dueMs - now);
  }

  #expire(): void {
    if (this.#timer === undefined) return;
    this.end();
    this.#onLate();
  }
}

/** Where everything of one run happens: its processes, its environment, its output. */
export class Workplace {
  readonly group: ProgramGroup;
  readonly output: ProgramOutput;
  identity: UserIdentity | undefined;
  /** Called with each line of the program's own. */
  onLine: (stream: OutputStream, line: string) => void = () => {};
  readonly #run: ProgramRun;
  readonly #mark: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #log: ProgramLog;
  /** Started here, and not known to have ended: one of them may still be on its way into the group. */
  readonly #children = new Set<StartedProcess>();
  readonly #limit: ProcessLimitWatch;
  #killAgain: NodeJS.Timeout | undefined;

  /**
   * @param spare whose place it takes, where there is one.
   * @throws when its group can't be made.
   */
  constructor(run: ProgramRun, tools: HostTools, environment: Readonly<Record<string, string>>, spare?: Spare) {
    const name = spare?.name ?? runName(run);
    this.#run = run;
    this.#mark = markOf(tools.owner, name);
    this.#environment = { ...run.config.settings.environment, ...environment };
    this.group = spare?.group ?? tools.groups.make(name, run.config.settings);
    this.#limit = new ProcessLimitWatch(this.group, (problem) =>
      tools.say({
        kind: "program-judged",
        run: run.run,
        health: problem === undefined ? "healthy" : "slow",
        problem: problem ?? "",
        by: "limit",
      }),
    );
    this.#log = new ProgramLog({ file: programLogFile(tools.options.logs, run.service, run.config.name) });
    this.output = new ProgramOutput({
      log: this.#log,
      wallMs: Date.now,
      onLine: (stream, line) => this.onLine(stream, line),
    });
  }

  /** @throws as `startProcess` does, and when its group is gone and can't be made again. */
  start(command: readonly string[], more: Readonly<Record<string, string>> = {}): StartedProcess {
    const { settings } = this.#run.config;
    // Between the actions of a resource it is empty.
    this.group.restore();
    const child = startProcess({
      command,
      directory: settings.directory,
      identity: this.identity,
      environment: { ...this.#environment, ...more },
      entries: this.group.entries,
      mark: this.#mark,
    });
    return this.attach(child);
  }

  /** To be called before anything else, since what the starter says may come at once. */
  attach(child: StartedProcess): StartedProcess {
    this.#children.add(child);
    const forget = (): void => void this.#children.delete(child);
    child.on("exit", forget);
    child.on("error", () => child.pid === undefined && forget());
    this.output.attach(child.stdout, "out");
    this.output.attach(child.stderr, "err");
    return child;
  }

  /**
   * Runs a command to its end, or kills it when that takes too long. Never rejects.
   *
   * @param onLimit is given, at once, what the time can be made longer by.
   */
  runToEnd(
    command: readonly string[],
    timeout: Duration,
    more: Readonly<Record<string, string>> = {},
    onLimit: (limit: TimeLimit) => void = () => {},
  ): Promise<CommandEnd> {
    try {
      return endOf(this.start(command, more), timeout, onLimit);
    } catch (error) {
      return Promise.resolve({ exit: { kind: "not-running" }, isLate: false, words: startRefusal(error) });
    }
  }

  /** Whether anything lives that was started here, or descends from that. */
  isPopulated(): boolean {
    return this.#children.size > 0 || this.group.isPopulated();
  }

  /** SIGKILL to all of it, also to what has not entered the group yet. */
  kill(): void {
    for (const child of this.#children) child.kill("SIGKILL");
    this.group.kill();
  }

  /**
   * SIGKILL, again and again, until it is closed: one that entered the group in the same moment was not hit.
   *
   * @param onSurvivors hears now and then of what does not die, in words.
   */
  keepKilling(onSurvivors: (text: string) => void): void {
    this.kill();
    let rounds = 0;
    this.#killAgain ??= setInterval(() => {
      this.kill();
      rounds += 1;
      const survivors = rounds % ROUNDS_TOLD === 0 ? survivorsText(this.group.members()) : "";
      if (survivors !== "") onSurvivors(survivors);
    }, KILL_AGAIN_MS);
  }

  /** Calls once when nothing lives of it; never from within this call. */
  whenEmpty(callback: () => void): void {
    this.group.whenEmpty(() => {
      const [child] = this.#children;
      if (child === undefined) callback();
      else child.on("exit", () => this.whenEmpty(callback));
    });
  }

  /** The group is empty: nothing of it stays. */
  async close(): Promise<void> {
    clearInterval(this.#killAgain);
    this.#limit.end();
    this.group.remove();
    this.output.end();
    await this.#log.close();
  }
}

function endOf(child: StartedProcess, timeout: Duration, onLimit: (limit: TimeLimit) => void): Promise<CommandEnd> {
  return new Promise((resolve) => {
    let isLate = false;
    let words = "";
    child.stderr.on("data", (bytes: Buffer) => {
      words = lastLine(words + bytes.toString("utf8"));
    });
    const limit = new TimeLimit(timeout, () => {
      isLate = true;
      // A session's leader is the leader of its process group as well.
      if (child.pid !== undefined) signalIfThere(-child.pid, "SIGKILL");
    });
    onLimit(limit);
    const end = (exit: ProgramExit): void => {
      limit.end();
      // What it wrote last is read in this turn.
      setImmediate(() => resolve({ exit, isLate, words: words.trim().slice(0, WORDS_MAX) }));
    };
    child.on("error", (error) => {
      words = startRefusal(error);
      end({ kind: "not-running" });
    });
    child.on("exit", (status, signal) => end(exitOf(status, signal)));
  });
}

export const exitOf = (status: number | null, signal: NodeJS.Signals | null): ProgramExit =>
  signal === null ? { kind: "status", status: status ?? 0 } : { kind: "signal", signal };

function lastLine(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.slice(trimmed.lastIndexOf("\n") + 1).slice(-WORDS_MAX * 4);
}
