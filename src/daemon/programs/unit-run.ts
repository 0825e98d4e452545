/*
 * One run of a systemd unit: systemd starts, keeps and ends its processes, and is asked by `systemctl`. The end of its main
 * process is noticed at once, everything else about it by asking. A unit that systemd starts again by itself (`Restart=`) has
 * ended as one that it does not: it is stopped, and what becomes of it is for the policy of the program to say.
 */
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { describeError } from "../../base/locum-error.js";
import { type Duration, inMilliseconds, microseconds, seconds } from "../../base/time.js";
import type { ProgramConfig, ProgramExit, ProgramRole, ProgramRun } from "../../model/program.js";
import { ProcessEnd } from "../../os/linux/process-end.js";
import { showUnit, systemctl, systemdMissing, type UnitState } from "../../os/node/systemd-units.js";
import { type HostedRun, type HostTools, RunEnd, locumEnvironment } from "./program-host-tools.js";
import type { RecordedItem } from "./program-record.js";
import { Workplace } from "./program-workplace.js";
import { RunWatches } from "./run-watches.js";

/** How often systemd is asked about a unit whose main process lives, or which has none, and about one that is changing. */
const LOOK_MS = { main: 5_000, none: 1_000, changing: 100 } as const;
/** After systemd should have given a start up, until it is taken for one that is never heard of again. */
const ANSWER_MARGIN: Duration = seconds(5);
/** For the start of a unit to which systemd gives all the time that it likes: that much, again and again until it has started. */
const PATIENCE: Duration = seconds(90);
/** For the end of one to which systemd gives all the time that it likes: more than is given to any. */
const ENDLESS: Duration = seconds(3_600);
const PATIENCE_INTERVAL: Duration = seconds(20);
const KILL_AGAIN_MS = 1_000;

export class UnitRun implements HostedRun {
  #start: ProgramRun;
  readonly #unit: string;
  readonly #tools: HostTools;
  readonly #item: RecordedItem;
  readonly #watches: RunWatches;
  #workplace: Workplace | undefined;
  #main: { readonly pid: number; readonly end: ProcessEnd } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: "starting" | "running" | "ended" | "gone" = "starting";
  #isStopping = false;
  #isKilled = false;
  /** How often systemd had started it again when this run began; undefined: that is known when it has begun. */
  #restarts: number | undefined;
  /** How long its end may take by its own TimeoutStopSec. */
  #stopTimeout: Duration = PATIENCE;
  readonly #end = new RunEnd();

  constructor(start: ProgramRun, unit: string, tools: HostTools) {
    this.#start = start;
    this.#unit = unit;
    this.#tools = tools;
    const workplace = (): Workplace | undefined => (this.#state === "running" ? this.#workplace : undefined);
    this.#watches = new RunWatches(start, tools.say, workplace);
    this.#item = { kind: "unit", unit, service: start.service, program: start.config.name };
  }

  begin(): void {
    void this.#begin();
  }

  /** It runs although nobody here started it, and is to end. */
  endFound(): void {
    this.#isStopping = true;
    this.#state = "running";
    void this.#endFound();
  }

  stop(): void {
    this.#isStopping = true;
    this.#watches.end();
    if (this.#start.config.stop.isUsual === true) this.#sayItTakes(this.#stopTimeout);
    void this.#order(["stop", "--", this.#unit]);
  }

  kill(): void {
    this.#isStopping = true;
    this.#watches.end();
    if (!this.#isKilled) void this.#keepKilling();
    this.#isKilled = true;
  }

  /** Its leftovers, then whatever systemd would do next; again, because its start may have come in between. */
  async #keepKilling(): Promise<void> {
    const isGone = (): boolean => this.#state === "gone";
    while (!isGone()) {
      await this.#order(["kill", "--signal=SIGKILL", "--", this.#unit]);
      // What is there after its end may be its next run.
      if (!isGone()) await this.#order(["stop", "--", this.#unit]);
      await pause(KILL_AGAIN_MS);
    }
  }

  tellRole(role: ProgramRole): void {
    this.#watches.tellRole(role);
  }

  watchBy(config: ProgramConfig): void {
    const hasOtherReady = !isDeepStrictEqual(config.ready, this.#start.config.ready);
    this.#start = { ...this.#start, config };
    this.#watches.watchBy(config);
    if (hasOtherReady && this.#state === "running" && !this.#watches.haveBegun) this.#awaitReady();
  }

  doorOpened(): void {}

  end(): Promise<void> {
    if (this.#state !== "gone") this.kill();
    return this.#end.reached;
  }

  async #begin(): Promise<void> {
    const problem = systemdMissing() ?? (await this.#startUnit().catch(describeError));
    if (problem !== undefined) {
      this.#tools.say({ kind: "program-not-started", run: this.#start.run, problem });
      // Its own `Restart=` would try again.
      if (this.#workplace !== undefined) await systemctl(["stop", "--", this.#unit]);
      this.#gone();
      return;
    }
    this.#state = "running";
    const state = await showUnit(this.#unit);
    this.#restarts ??= state?.restarts;
    this.#tools.say({ kind: "program-started", run: this.#start.run, pid: state?.mainPid });
    this.#awaitReady();
    this.#take(state);
    // Who came first of the start and the stop that was ordered meanwhile, systemd alone knows.
    if (this.#isStopping && !this.#isKilled) void this.#order(["stop", "--", this.#unit]);
  }

  /** @returns why not. */
  async #startUnit(): Promise<string | undefined> {
    const state = await showUnit(this.#unit);
    if (state === undefined) return "systemd does not answer";
    if (!state.isLoaded) return `systemd has no unit ${this.#unit}`;
    this.#settleIn(state);
    this.#tools.record.add(this.#item);
    // Of one that has ended, systemd counts anew; one that it is starting again by itself is counted once more by that.
    if (state.activity === "inactive" || state.activity === "failed") this.#restarts = 0;
    if (this.#isStopping) return "it was to be stopped before it had started";
    if (this.#start.config.ready.timeout !== undefined) return this.#systemdStart();
    if (state.startTimeout === undefined) return this.#startPatiently();
    this.#sayItsStartTakes(state.startTimeout);
    return this.#systemdStart();
  }

  async #endFound(): Promise<void> {
    const state = await showUnit(this.#unit);
    if (this.#state === "gone") return;
    this.#restarts = state?.restarts;
    try {
      this.#tools.record.add(this.#item);
      if (state !== undefined) this.#settleIn(state);
    } catch {
      // Its end can do without a record and a log.
    }
    if (!this.#isKilled) this.stop();
  }

  /** @throws when its group can't be made. */
  #settleIn({ stopTimeout }: UnitState): void {
    this.#stopTimeout = stopTimeout ?? ENDLESS;
    this.#workplace = new Workplace(this.#start, this.#tools, locumEnvironment(this.#start, this.#tools.options));
  }

  /** Not an hour at once: what systemd has started may never be ready, and has no more than others for that. */
  async #startPatiently(): Promise<string | undefined> {
    this.#sayItsStartTakes(PATIENCE);
    const timer = setInterval(() => this.#sayItsStartTakes(PATIENCE), inMilliseconds(PATIENCE_INTERVAL));
    const problem = await this.#systemdStart();
    clearInterval(timer);
    if (problem === undefined) this.#sayItsStartTakes(PATIENCE);
    return problem;
  }

  #systemdStart(): Promise<string | undefined> {
    return systemctl(["start", "--", this.#unit]);
  }

  #sayItsStartTakes(span: Duration): void {
    if (!this.#isStopping) this.#sayItTakes(span);
  }

  /** systemd knows how long its start or its end may take, and who waits for it does not. */
  #sayItTakes(span: Duration): void {
    const saying = { kind: "extending", by: microseconds(span + ANSWER_MARGIN), isAdvised: true } as const;
    this.#tools.say({ kind: "program-said", run: this.#start.run, saying });
  }

  #awaitReady(): void {
    const { ready } = this.#start.config;
    if (this.#isStopping) return;
    this.#watches.awaitReady(ready.kind === "probe" ? ready.probe : undefined, () => this.#ready());
    // A unit that notifies has done so when its start returns.
    if (ready.kind !== "probe") this.#ready();
  }

  #ready(): void {
    if (this.#isStopping) return;
    this.#tools.say({ kind: "program-ready", run: this.#start.run });
    this.#watches.begin();
  }

  async #look(): Promise<void> {
    this.#take(await showUnit(this.#unit));
  }

  #take(state: UnitState | undefined): void {
    if (this.#state !== "running" && this.#state !== "ended") return;
    const activity = state?.activity ?? "";
    if (state !== undefined && (activity === "inactive" || activity === "failed")) {
      this.#ended(state.exit);
      this.#gone();
      return;
    }
    this.#restarts ??= state?.restarts;
    if (state?.isWaiting === true) this.#ended(state.exit);
    // The end of the one before is not on record any more.
    else if (state !== undefined && state.restarts > (this.#restarts ?? Infinity)) this.#ended({ kind: "not-running" });
    this.#watchMain(state?.mainPid);
    const isChanging = activity === "activating" || activity === "deactivating" || this.#isStopping;
    const wait = isChanging ? LOOK_MS.changing : this.#main === undefined ? LOOK_MS.none : LOOK_MS.main;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), wait);
  }

  #watchMain(pid: number | undefined): void {
    if (pid === this.#main?.pid) return;
    this.#main?.end.close();
    this.#main = undefined;
    if (pid === undefined) return;
    const { poll, onAdoptedExit, reap } = this.#tools;
    const onEnd = (): void => {
      this.#main = undefined;
      void this.#look();
    };
    this.#main = { pid, end: new ProcessEnd({ pid, poll, onAdoptedExit, reap, onEnd }) };
  }

  #ended(exit: ProgramExit): void {
    if (this.#state !== "running") return;
    this.#state = "ended";
    this.#tools.say({ kind: "program-exited", run: this.#start.run, exit });
    if (!this.#isStopping) this.stop();
  }

  #gone(): void {
    if (this.#state === "gone") return;
    this.#state = "gone";
    this.#watches.end();
    clearTimeout(this.#timer);
    this.#main?.end.close();
    this.#tools.record.remove(this.#item);
    const workplace = this.#workplace;
    // A probe may still run.
    workplace?.kill();
    workplace?.whenEmpty(() => void workplace.close());
    this.#tools.say({ kind: "program-gone", run: this.#start.run });
    this.#end.reach();
  }

  async #order(words: readonly string[]): Promise<void> {
    const problem = await systemctl(words);
    if (problem !== undefined) this.#workplace?.output.say(`systemctl ${words[0] ?? ""}: ${problem}`);
    await this.#look();
  }
}
