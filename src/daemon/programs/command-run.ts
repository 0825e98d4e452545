/*
 * One run of a command that stays in the foreground (or tells by MAINPID which of its processes is the one that counts).
 *
 *     begin ── user, group, socket ──▶ started ── readiness ──▶ ready ── health ──▶ …
 *                     │ refused           │ its main process ends, by itself or not
 *                     ▼                   ▼
 *                not-started ───────▶ exited ── all others are killed ──▶ gone
 */
import { isDeepStrictEqual } from "node:util";
import { describeError } from "../../base/locum-error.js";
import { ok } from "../../base/result.js";
import type { Duration } from "../../base/time.js";
import {
  type ProgramConfig,
  type ProgramExit,
  type ProgramRole,
  type ProgramRun,
  type ProgramSaying,
} from "../../model/program.js";
import type { Notification } from "../../wire/sd-notify.js";
import { errnoName } from "../../os/linux/system-call-error.js";
import { ProcessEnd } from "../../os/linux/process-end.js";
import { isSignal } from "../../os/linux/signal-name.js";
import {
  commandProblem,
  executionProblem,
  isProgram,
  isStarterStatus,
  type StartedProcess,
  starterWords,
  startRefusal,
} from "../../os/node/program-process.js";
import { signalIfThere } from "../../os/node/signal-if-there.js";
import { findUser } from "../../os/node/user-identity.js";
import { giveDoor, type HostedRun, type HostTools, RunEnd, locumEnvironment } from "./program-host-tools.js";
import { ProgramNotices } from "./program-notices.js";
import { notifyOf } from "./program-protocol.js";
import { RunWatches } from "./run-watches.js";
import { mayRestartHere, type Spare } from "./program-spares.js";
import { ProgramWatchdog } from "./program-watchdog.js";
import { exitOf, Workplace } from "./program-workplace.js";

/** How often a process is looked at until the program itself has begun; and for how long, before that is taken for granted. */
const LOOK_MS = 1;
const LOOKS_MAX = 500;
/** A program that has just become ready has better to do than to share the machine with the making of its spare. */
const SPARE_DELAY_MS = 100;
/** What the starter wrote before it ended is on its way. */
const WORDS_MS_MAX = 100;
/** A program that says its status more often is quoted now and then. */
const STATUS_MS_MIN = 100;

export class CommandRun implements HostedRun {
  #start: ProgramRun;
  readonly #command: readonly string[];
  readonly #tools: HostTools;
  readonly #notifyPath: string;
  readonly #watchdog = new ProgramWatchdog({
    readRest: () => this.#notices?.readRest(),
    onVerdict: (problem) => this.#watched(problem),
  });
  #workplace: Workplace | undefined;
  /** That an earlier run left, until the program was begun by it. */
  #spare: Spare | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  #notices: ProgramNotices | undefined;
  #child: StartedProcess | undefined;
  /** Other than the first process: what the program itself named. */
  #main: { readonly pid: number; readonly end: ProcessEnd } | undefined;
  #state: "starting" | "running" | "ended" | "gone" = "starting";
  #isStopping = false;
  /** By its own word, whether or not that is waited for. */
  #hasSaidReady = false;
  #isReloading = false;
  #starterWords = "";
  #status: { timer: NodeJS.Timeout; text: string | undefined } | undefined;
  readonly #watches: RunWatches;
  readonly #end = new RunEnd();

  constructor(start: ProgramRun, command: readonly string[], tools: HostTools) {
    this.#start = start;
    this.#command = command;
    this.#tools = tools;
    this.#notifyPath = notifyOf(tools.options.socket, start.run);
    const isOver = (): boolean => this.#state === "ended" || this.#state === "gone";
    this.#watches = new RunWatches(start, tools.say, () => (isOver() ? undefined : this.#workplace));
  }

  begin(): void {
    void this.#begin();
  }

  stop(): void {
    this.#isStopping = true;
    this.#endWatching();
    this.#tools.spares.drop(this.#start);
    // Another process may have its number by now.
    if (this.#state === "ended" || this.#state === "gone") return;
    const { signal } = this.#start.config.stop;
    if (this.#pid !== undefined) this.#signal(this.#pid, isSignal(signal) ? signal : "SIGTERM");
    else if (this.#state === "starting") this.#child?.kill("SIGKILL");
  }

  kill(): void {
    this.#isStopping = true;
    this.#endWatching();
    this.#keepKilling();
    // One that has ended by itself may be started again.
    if (this.#state === "ended") this.#awaitEmpty();
    else this.#tools.spares.drop(this.#start);
  }

  tellRole(role: ProgramRole): void {
    this.#watches.tellRole(role);
  }

  watchBy(config: ProgramConfig): void {
    const hasOtherReady = !isDeepStrictEqual(config.ready, this.#start.config.ready);
    this.#start = { ...this.#start, config };
    this.#watches.watchBy(config);
    if (hasOtherReady && this.#state === "running" && !this.#isStopping && !this.#watches.haveBegun) this.#awaitReady();
  }

  doorOpened(): void {
    const { identity } = this.#workplace ?? {};
    if (identity !== undefined) giveDoor(this.#start, this.#tools.options, identity);
  }

  end(): Promise<void> {
    if (this.#state !== "gone") this.kill();
    return this.#end.reached;
  }

  get #run(): number {
    return this.#start.run;
  }

  get #pid(): number | undefined {
    return this.#main?.pid ?? this.#child?.pid;
  }

  async #begin(): Promise<void> {
    const { settings } = this.#start.config;
    const problem = commandProblem(this.#command, settings.directory) ?? (await this.#prepare());
    if (problem !== undefined) this.#refused(problem);
    else if (this.#isStopping) this.#ended({ kind: "not-running" });
    else this.#launch();
  }

  /** @returns why it can't be started. */
  async #prepare(): Promise<string | undefined> {
    const { user } = this.#start.config.settings;
    const environment = this.#environment();
    const spare = this.#tools.spares.take(this.#start, environment);
    this.#spare = spare;
    // The user of a spare was looked up when it was made.
    const identity = spare !== undefined || user === undefined ? ok(spare?.identity) : await findUser(user);
    if (!identity.ok) return identity.problem;
    try {
      this.#workplace = new Workplace(this.#start, this.#tools, environment, spare);
      this.#workplace.identity = identity.value;
      if (identity.value !== undefined) giveDoor(this.#start, this.#tools.options, identity.value);
      this.#notices = new ProgramNotices({
        path: this.#notifyPath,
        poll: this.#tools.poll,
        isMember: (pid) => this.#workplace?.group.has(pid) === true,
        uid: identity.value?.uid ?? process.getuid?.() ?? 0,
        onNotice: (notice) => this.#heed(notice),
      });
    } catch (error) {
      return describeError(error);
    }
    for (const each of this.#workplace.group.shortcomings) this.#workplace.output.say(each);
    return undefined;
  }

  #environment(): Record<string, string> {
    const { watchdog } = this.#start.config;
    const fed = watchdog === undefined ? {} : { WATCHDOG_USEC: String(watchdog) };
    return { ...locumEnvironment(this.#start, this.#tools.options), NOTIFY_SOCKET: this.#notifyPath, ...fed };
  }

  #launch(): void {
    const workplace = this.#workplace;
    if (workplace === undefined) return;
    workplace.onLine = (stream, line) => {
      if (stream === "err" && this.#starterWords === "") this.#starterWords = starterWords(line) ?? "";
    };
    try {
      this.#follow(this.#spare === undefined ? workplace.start(this.#command) : workplace.attach(this.#spare.begin()));
    } catch (error) {
      this.#refused(startRefusal(error));
    }
  }

  #follow(child: StartedProcess): void {
    this.#child = child;
    child.on("error", (error) => {
      if (child.pid === undefined) this.#refused(startRefusal(error));
    });
    child.on("exit", (status, signal) => void this.#firstEnded(child, exitOf(status, signal)));
    this.#look(child, 0);
  }

  /** The starter becomes the program within a millisecond or two. */
  #look(child: StartedProcess, looks: number): void {
    const { pid } = child;
    if (this.#state !== "starting" || pid === undefined || child !== this.#child) return;
    if (looks < LOOKS_MAX && !isProgram(pid)) setTimeout(() => this.#look(child, looks + 1), LOOK_MS);
    // A spare that does not hear, since somebody stopped it, say, would never be the program.
    else if (this.#spare?.process.hasHeard === false && !isProgram(pid)) child.kill("SIGKILL");
    else this.#began(pid);
  }

  #began(pid: number): void {
    if (this.#state !== "starting") return;
    this.#state = "running";
    if (this.#workplace !== undefined) this.#workplace.onLine = () => {};
    this.#tools.say({ kind: "program-started", run: this.#run, pid });
    const { watchdog } = this.#start.config;
    if (watchdog !== undefined) this.#watchdog.set(watchdog);
    if (!this.#isStopping) this.#awaitReady();
  }

  #awaitReady(): void {
    const { ready } = this.#start.config;
    this.#watches.awaitReady(ready.kind === "probe" ? ready.probe : undefined, () => this.#ready());
    if (ready.kind === "started" || (ready.kind === "notify" && this.#hasSaidReady)) this.#ready();
  }

  #ready(): void {
    if (this.#watches.haveBegun || this.#state !== "running" || this.#isStopping) return;
    this.#tools.say({ kind: "program-ready", run: this.#run });
    if (mayRestartHere(this.#start.config)) this.#spareTimer = setTimeout(() => this.#makeSpare(), SPARE_DELAY_MS);
    this.#watchdog.arm();
    this.#watches.begin();
  }

  #makeSpare(): void {
    this.#tools.spares.make(this.#start, this.#command, this.#environment(), this.#workplace?.identity);
  }

  /** The process that was started has ended; the program has with it, unless it named another one before. */
  async #firstEnded(child: StartedProcess, exit: ProgramExit): Promise<void> {
    if (this.#state === "starting" && (await this.#spare?.process.hasBegun) === false) {
      this.#replaceSpare();
      return;
    }
    this.#notices?.readRest();
    if (this.#main !== undefined && this.#main.pid !== child.pid) return;
    if (this.#state === "starting") {
      if (exit.kind === "status" && isStarterStatus(exit.status) && (await this.#hasStarterWords(child))) {
        this.#refused(executionProblem(this.#command, this.#starterWords));
        return;
      }
      if (child.pid !== undefined) this.#began(child.pid);
    }
    this.#ended(exit);
  }

  /** It ended before it was the program, by somebody's hand. */
  #replaceSpare(): void {
    this.#spare = undefined;
    if (this.#isStopping) this.#ended({ kind: "not-running" });
    else this.#launch();
  }

  async #hasStarterWords(child: StartedProcess): Promise<boolean> {
    const read = new Promise((resolve) => child.stderr.on("close", resolve));
    const late = new Promise((resolve) => setTimeout(resolve, WORDS_MS_MAX).unref());
    if (this.#starterWords === "" && !child.stderr.destroyed) await Promise.race([read, late]);
    return this.#starterWords !== "";
  }

  #refused(problem: string): void {
    if (this.#state === "ended" || this.#state === "gone") return;
    this.#state = "ended";
    this.#endWatching();
    this.#tools.say({ kind: "program-not-started", run: this.#run, problem });
    this.#finish();
  }

  #ended(exit: ProgramExit): void {
    if (this.#state === "ended" || this.#state === "gone") return;
    this.#state = "ended";
    this.#endWatching();
    const isOutOfMemory =
      exit.kind === "signal" && exit.signal === "SIGKILL" && (this.#workplace?.group.outOfMemoryKills() ?? 0) > 0;
    this.#tools.say({
      kind: "program-exited",
      run: this.#run,
      exit: isOutOfMemory ? { kind: "out-of-memory" } : exit,
    });
    this.#finish();
  }

  /** What is left of it would be in the way of the next run, and nobody looks after it. */
  #finish(): void {
    if (this.#workplace?.isPopulated() === true) this.#keepKilling();
    this.#awaitEmpty();
  }

  #keepKilling(): void {
    this.#workplace?.keepKilling((text) => this.#say({ kind: "status", text }));
  }

  #awaitEmpty(): void {
    if (this.#workplace === undefined) this.#gone();
    else this.#workplace.whenEmpty(() => this.#gone());
  }

  #gone(): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#notices?.close();
    this.#main?.end.close();
    this.#tools.spares.release(this.#start);
    void this.#workplace?.close();
    this.#tools.say({ kind: "program-gone", run: this.#run });
    this.#end.reach();
  }

  #heed(notice: Notification): void {
    if (this.#state === "ended" || this.#state === "gone") return;
    if (notice.mainPid !== undefined) this.#nameMain(notice.mainPid);
    if (notice.watchdogSpan !== undefined) this.#watchdog.set(notice.watchdogSpan);
    if (notice.watchdog === "alive") this.#watchdog.feed();
    if (notice.watchdog === "trigger") this.#watchdog.trigger();
    if (notice.extendTimeout !== undefined) this.#needsTime(notice.extendTimeout);
    if (notice.errno !== undefined) this.#tellStatus(`${notice.status ?? "error"}: ${errnoName(notice.errno)}`);
    else if (notice.status !== undefined) this.#tellStatus(notice.status);
    if (notice.reloading) this.#reloading();
    if (notice.stopping) this.#say({ kind: "stopping" });
    if (notice.ready) this.#saidReady();
  }

  /** Of its start and its end the agent alone has the time. */
  #needsTime(by: Duration): void {
    this.#watches.extendRole(by);
    this.#say({ kind: "extending", by });
  }

  #reloading(): void {
    this.#isReloading = true;
    this.#say({ kind: "reloading" });
  }

  #saidReady(): void {
    const pid = this.#child?.pid;
    this.#hasSaidReady = true;
    if (this.#state === "starting" && pid !== undefined) this.#began(pid);
    if (this.#isReloading) this.#tools.say({ kind: "program-ready", run: this.#run });
    this.#isReloading = false;
    if (this.#start.config.ready.kind === "notify") this.#ready();
  }

  /** Only one of its own can be what it is; its end is then the end of the program. */
  #nameMain(pid: number): void {
    if (this.#pid === pid || this.#workplace?.group.has(pid) !== true) return;
    this.#main?.end.close();
    const end = new ProcessEnd({
      pid,
      poll: this.#tools.poll,
      onAdoptedExit: this.#tools.onAdoptedExit,
      reap: this.#tools.reap,
      onEnd: (exit) => this.#ended(exit),
    });
    this.#main = { pid, end };
  }

  #watched(problem: string | undefined): void {
    const health = problem === undefined ? "healthy" : "failing";
    this.#tools.say({ kind: "program-judged", run: this.#run, health, problem: problem ?? "", by: "watchdog" });
  }

  #say(saying: ProgramSaying): void {
    this.#tools.say({ kind: "program-said", run: this.#run, saying });
  }

  /** The first at once, then the newest of each turn. */
  #tellStatus(text: string): void {
    if (this.#status !== undefined) {
      this.#status.text = text;
      return;
    }
    this.#say({ kind: "status", text });
    this.#status = { text: undefined, timer: setTimeout(() => this.#nextStatus(), STATUS_MS_MIN) };
  }

  #nextStatus(): void {
    const text = this.#status?.text;
    this.#status = undefined;
    if (text !== undefined && this.#state !== "gone") this.#tellStatus(text);
  }

  #endWatching(): void {
    this.#watches.end();
    this.#watchdog.end();
    clearTimeout(this.#status?.timer);
    clearTimeout(this.#spareTimer);
  }

  #signal(pid: number, signal: NodeJS.Signals): void {
    // That it has ended is told in its own way.
    const refusal = signalIfThere(pid, signal);
    if (refusal !== undefined) this.#say({ kind: "status", text: `${signal} can't be sent to it: ${refusal}` });
  }
}
