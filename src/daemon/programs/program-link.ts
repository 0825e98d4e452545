import { identitiesOf, survivorsText } from "../../os/linux/process-state.js";
import { existsSync } from "node:fs";
import { describeError } from "../../base/locum-error.js";
import { type Duration, doubled, inMilliseconds, milliseconds, seconds } from "../../base/time.js";
import {
  isForEarlierRun,
  type KeptPrograms,
  type ProgramEffect,
  type ProgramInput,
  type ProgramLeft,
} from "../../model/program.js";
import { lastRunOf } from "../../core/supervision/adoption.js";
import { bootClock } from "../../os/linux/libc.js";
import { readProcessLoad } from "../../os/linux/process-load.js";
import { HelperProgram } from "../helper-program.js";
import { LineBuffer } from "../line-buffer.js";
import { HostPulse } from "./host-pulse.js";
import { type FoundHost, type HostEnd, type HostProcess, startedHost } from "./host-process.js";
import {
  type Dying,
  type HostOptions,
  type HostOrder,
  type HostReport,
  PROGRAM_BACKLOG_MAX,
  PROGRAM_LINE_MAX,
  programRecordFile,
} from "./program-protocol.js";
import {
  dismissRecorded,
  forgetRecorded,
  killRecorded,
  programsLeft,
  type RecordedItem,
  readProgramRecord,
  recordedProcesses,
  removeRecorded,
} from "./program-record.js";

/** A small heap, collected without helpers, which would have to wait for busy programs. */
const NODE_OPTIONS: readonly string[] = [
  "--max-old-space-size=96",
  "--max-semi-space-size=1",
  "--single-threaded-gc",
  "--v8-pool-size=1",
];

const RESTART_MS = 20;
const RESTART_MS_MAX = 10_000;
/** A host is asked so often whether it lives, and given up when it could have answered for so long. */
const PING: Duration = seconds(1);
const PATIENCE: Duration = seconds(10);
/** Programs were stopped before; what is left is killed. */
const END_MS_MAX = 4_000;
/** What SIGKILL does not end in that time, or in so many pings, waits for a disk, say, and may never end. */
const KILL_MS_MAX = 5_000;
const KILLS_TOLD = 5;
/** Killed processes are gone in milliseconds, unless the machine is busy; the next host tells of them otherwise. */
const LOOK_MS = 4;
const LOOK_MS_MAX = 50;
/** Orders that wait for a host to start; decisions give up a program that they hear nothing of long before. */
const ORDERS_WAITING_MAX = 10_000;

export interface ProgramLinkOptions {
  readonly host: HostOptions;
  readonly onInput: (input: ProgramInput) => void;
  /** No programs can be run at the moment, or not as they should be. */
  readonly onTrouble: (problem: string) => void;
  readonly onRecovered: () => void;
  /** Whether anything runs on after this agent; else programs end in order with it, though they were to be kept. */
  readonly mayOutlive: () => Promise<boolean>;
}

/** A host died, and its programs with it. */
interface LostHost {
  /** By performance.now. */
  readonly at: number;
  /** Decisions have heard of it: the last run that was ordered before; what they order since then is the next host's. */
  readonly until?: number;
}

/**
 * The agent's end of the channel to its program host: starts it when there is a program to run, keeps it running, carries
 * orders and facts. When it dies, what is left of its programs is killed at once, and decisions hear of that as soon as
 * nothing of it is there, or what is left is in the hands of another one. In a pause the host is to outlive the agent, and
 * an agent that starts goes on with the one that it finds.
 */
export class ProgramLink {
  readonly #options: ProgramLinkOptions;
  readonly #program = new HelperProgram("programs/program-host.js", NODE_OPTIONS);
  readonly #waiting: ProgramEffect[] = [];
  /** An earlier agent left something on record, and no host has said yet what became of it. */
  #mayHaveRemains: boolean;
  #process: HostProcess | undefined;
  #isReady = false;
  #lost: LostHost | undefined;
  /** Number of the latest run that was ordered, of this host or an earlier one. */
  #lastRun = 0;
  /** Programs are to outlive this agent. */
  #isKeeping = false;
  /** And could not, as their host says. */
  #isHindered = false;
  /** Programs can't be run as they should be. */
  #shortcoming: string | undefined;
  #isEnding = false;
  /** What was killed after the end of the host before. */
  #dying: Dying = [];
  #failures = 0;
  #restart: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #pulse: HostPulse | undefined;
  #isStarved = false;
  /** How often it was killed, because it hangs. */
  #kills = 0;
  /** Since it was killed at the agent's end. */
  #givingUp: NodeJS.Timeout | undefined;
  #onGivenUp: () => void = () => {};

  constructor(options: ProgramLinkOptions) {
    this.#options = options;
    this.#mayHaveRemains = existsSync(programRecordFile(options.host.socket));
  }

  /**
   * Goes on with the host that kept programs for this agent, if there is one. To be called before anything else.
   * @returns what it keeps.
   */
  resume(found: FoundHost): KeptPrograms | undefined {
    if (found.kind !== "found") return undefined;
    const { host, kept, more, lines } = found;
    this.#isKeeping = true;
    this.#mayHaveRemains = false;
    this.#lastRun = lastRunOf(kept);
    this.#listen(host, lines);
    this.#begin();
    this.#tellOf(kept.shortcoming);
    for (const line of more) this.#hear(host, line);
    const { runs, left, ended = [] } = kept;
    return { runs, left, ended, lastRun: this.#lastRun };
  }

  /** Programs that were kept can be let in again. */
  doorsOpened(): void {
    this.#order({ kind: "doors-opened" });
  }

  /** Starts a host. To be called where the configuration has programs, and where an earlier agent may have left some. */
  start(): void {
    if (this.#process === undefined && this.#restart === undefined && !this.#isEnding) this.#tryLaunch();
  }

  /** Whether a host of an earlier agent had something on record, which the next host ends, and has not told of. */
  get mayHaveRemains(): boolean {
    return this.#mayHaveRemains;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  perform(effect: ProgramEffect): void {
    this.start();
    if (effect.kind === "start-program" || effect.kind === "end-stray") this.#lastRun = effect.start.run;
    if (this.#isReady) this.#order(effect);
    else if (this.#waiting.length < ORDERS_WAITING_MAX) this.#waiting.push(effect);
  }

  /** Whether the host and all that runs are to outlive this agent, however that ends. */
  keep(isKeeping: boolean): void {
    if (isKeeping === this.#isKeeping) return;
    this.#isKeeping = isKeeping;
    if (this.#isHindered) this.#tellOf(this.#shortcoming);
    this.#isHindered = false;
    if (this.#isReady) this.#order({ kind: "keep", isKeeping });
  }

  /** Ends what is left of all programs, and the host, unless they are to be kept. */
  async close(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#restart);
    clearTimeout(this.#look);
    const host = this.#process;
    if (host === undefined) return;
    if (!this.#isKeeping) await this.#end(host);
    else if (!this.#isReady) this.#abandon(host);
    else if (!this.#isHindered && (await this.#options.mayOutlive())) this.#leave(host);
    else await this.#endInOrder(host);
  }

  /** What becomes of it from here on is the next agent's concern. */
  #leave(host: HostProcess): void {
    clearInterval(this.#pings);
    this.#process = undefined;
    host.channel?.end();
  }

  /** It has begun nothing: all that may run is an earlier host's, which ends it in order. */
  #abandon(host: HostProcess): void {
    this.#process = undefined;
    host.kill();
  }

  async #end(host: HostProcess): Promise<void> {
    const late = setTimeout(() => this.#kill(host), END_MS_MAX);
    await this.#ordered(host, { kind: "end" });
    clearTimeout(late);
  }

  /** Nobody else waits for these programs: they have the time that they are configured with, while their host lives. */
  #endInOrder(host: HostProcess): Promise<void> {
    return this.#ordered(host, { kind: "end-in-order" });
  }

  /** Resolves when it has ended, or SIGKILL did not end it. @param order to end. */
  async #ordered(host: HostProcess, order: HostOrder): Promise<void> {
    host.hold();
    const over = new Promise<void>((resolve) => {
      host.whenEnded(() => resolve());
      this.#onGivenUp = resolve;
    });
    this.#order(order);
    await over;
    clearInterval(this.#pings);
    clearTimeout(this.#givingUp);
  }

  #kill(host: HostProcess): void {
    host.kill();
    if (this.#isEnding) this.#givingUp ??= setTimeout(() => this.#giveUp(host), KILL_MS_MAX);
  }

  #giveUp({ pid }: HostProcess): void {
    this.#endLeft();
    const survivor = pid === undefined ? "" : survivorsText([pid]);
    if (survivor !== "")
      this.#options.onTrouble(`${survivor}: this agent ends without it. Its programs were killed, or are asked to end`);
    this.#onGivenUp();
  }

  #launch(): void {
    this.#restart = undefined;
    const options = JSON.stringify(this.#options.host);
    const child = this.#program.start([options], ["pipe", "ignore", "inherit", "pipe"]);
    // Its end is noticed in its own way.
    child.stdin?.on("error", () => child.stdin?.destroy());
    child.stdin?.end(JSON.stringify(this.#dying));
    this.#listen(startedHost(child));
  }

  #listen(host: HostProcess, lines = new LineBuffer(PROGRAM_LINE_MAX)): void {
    const { channel } = host;
    this.#process = host;
    host.whenEnded((end) => this.#ended(host, end));
    channel?.on("data", (bytes: Buffer) => {
      this.#pulse?.heard();
      for (const line of lines.push(bytes)) this.#hear(host, line);
    });
    channel?.resume();
    // Its end is noticed in its own way.
    channel?.on("error", () => channel.destroy());
  }

  /** Our own child wrote it, or that of an agent of the same version. */
  #hear(host: HostProcess, line: string): void {
    if (host === this.#process) this.#take(JSON.parse(line) as HostReport);
  }

  #take(report: HostReport): void {
    switch (report.kind) {
      case "ready":
        return this.#ready(report);
      case "not-keeping":
        this.#isHindered = true;
        return this.#options.onTrouble(`Programs would end with the agent in this pause: ${report.problem}`);
      // Answers to what is said before anything else.
      case "kept":
      case "other-protocol":
      case "alive":
        return;
      default:
        return this.#options.onInput(report);
    }
  }

  #ready({ shortcoming, left }: Extract<HostReport, { readonly kind: "ready" }>): void {
    const { onInput } = this.#options;
    clearTimeout(this.#look);
    if (shortcoming !== undefined || this.#failures > 0) this.#tellOf(shortcoming);
    this.#begin();
    if (this.#isKeeping) this.#order({ kind: "keep", isKeeping: true });
    // Decisions gave the orders that wait for programs which they take for running, or for a host that never came up.
    const waiting = this.#waiting.splice(0);
    const isLost = this.#lost !== undefined || left.length > 0;
    const until = this.#lost?.until ?? (isLost ? this.#lastRun : 0);
    if (isLost) this.#tellLost(left, until);
    else if (this.#mayHaveRemains) onInput({ kind: "no-programs-left" });
    waiting.filter((effect) => !isForEarlierRun(effect, until)).forEach((effect) => this.#order(effect));
    this.#lost = undefined;
    this.#mayHaveRemains = false;
  }

  #tellLost(left: readonly ProgramLeft[], until: number): void {
    const when = this.#lost === undefined ? {} : { ago: milliseconds(performance.now() - this.#lost.at) };
    this.#options.onInput({ kind: "program-host-lost", left, until, ...when });
  }

  #tellOf(shortcoming: string | undefined): void {
    this.#shortcoming = shortcoming;
    if (shortcoming === undefined) this.#options.onRecovered();
    else this.#options.onTrouble(shortcoming);
  }

  #begin(): void {
    this.#failures = 0;
    this.#isReady = true;
    this.#pulse = new HostPulse(bootClock(), { interval: PING, patience: PATIENCE });
    this.#isStarved = false;
    this.#kills = 0;
    this.#pings = setInterval(() => this.#ping(), inMilliseconds(PING)).unref();
  }

  #ping(): void {
    const pid = this.pid;
    const pulse = this.#pulse?.feel(bootClock(), () => (pid === undefined ? undefined : readProcessLoad(pid)));
    if (pulse === "hangs") return this.#killHung();
    this.#tellOfStarving(pulse === "starved");
    this.#order({ kind: "ping" });
  }

  /** As soon as it has ended, what is left of its programs is killed, and another host begins. */
  #killHung(): void {
    if (this.#process !== undefined) this.#kill(this.#process);
    this.#kills += 1;
    const survivor = this.#kills === KILLS_TOLD && this.pid !== undefined ? survivorsText([this.pid]) : "";
    if (survivor !== "") this.#options.onTrouble(`${survivor}: nobody looks after programs, and none is started`);
  }

  #tellOfStarving(isStarved: boolean): void {
    if (isStarved === this.#isStarved) return;
    this.#isStarved = isStarved;
    if (isStarved) this.#options.onTrouble("It does not answer: it waits for a processor or a disk, which others use");
    else this.#tellOf(this.#shortcoming);
  }

  /** A host that leaves so much unread does not work any more. */
  #order(order: HostOrder): void {
    const channel = this.#process?.channel;
    if (channel === undefined || channel.destroyed) return;
    channel.write(`${JSON.stringify(order)}\n`);
    if (channel.writableLength > PROGRAM_BACKLOG_MAX) this.#process?.kill();
  }

  #ended(host: HostProcess, { how, isOtherAtWork }: HostEnd): void {
    if (host !== this.#process) return;
    // What an earlier host ends in order has its time.
    if (!isOtherAtWork) this.#endLeft();
    clearInterval(this.#pings);
    clearTimeout(this.#look);
    this.#process = undefined;
    host.channel?.destroy();
    if (this.#isReady) this.#lost = { at: performance.now() };
    this.#isReady = false;
    this.#isHindered = false;
    if (this.#isEnding) return;
    if (this.#lost !== undefined && !isOtherAtWork) this.#tellWhenGone(LOOK_MS);
    this.#failures += 1;
    this.#options.onTrouble(`The program host does not run: ${how}`);
    const delay = doubled(RESTART_MS, this.#failures - 1, RESTART_MS_MAX);
    this.#restart = setTimeout(() => this.#tryLaunch(), delay);
  }

  /** What a host had would go on without anybody where no other follows: no guard acts for an agent that ends in order. */
  #endLeft(): void {
    this.#killLeft();
    if (this.#isEnding) dismissRecorded(readProgramRecord(this.#options.host.socket));
  }

  #killLeft(): void {
    const items = readProgramRecord(this.#options.host.socket);
    const processes = recordedProcesses(items);
    killRecorded(items);
    // Those that were taken away since then need not be waited for, nor do the killed wait until each has been looked at.
    this.#dying = identitiesOf(processes);
  }

  /**
   * Nobody waits for the next host where the kernel proves that nothing is left: groups that are removed can't be entered
   * any more, neither by what was about to start. Units and resources are the next host's to end, which tells once more
   * what is left of them.
   */
  #tellWhenGone(lookMs: number): void {
    const lost = this.#lost;
    if (lost === undefined || lost.until !== undefined) return;
    const { socket } = this.#options.host;
    const items = readProgramRecord(socket);
    if (!provesItself(items)) return;
    killRecorded(items);
    // Once there is another host, the record is that one's.
    const isOver = this.#process === undefined ? forgetRecorded(socket) : removeRecorded(items);
    if (!isOver || recordedProcesses(items).length > 0) {
      this.#look = setTimeout(() => this.#tellWhenGone(Math.min(2 * lookMs, LOOK_MS_MAX)), lookMs);
      return;
    }
    const [left, until] = [programsLeft(items), this.#lastRun];
    this.#waiting.length = 0;
    this.#tellLost(left, until);
    this.#lost = left.length === 0 ? undefined : { ...lost, until };
  }

  #tryLaunch(): void {
    try {
      this.#launch();
    } catch (error) {
      this.#failures += 1;
      this.#options.onTrouble(`The program host can't be started: ${describeError(error)}`);
      this.#restart = setTimeout(() => this.#tryLaunch(), RESTART_MS_MAX);
    }
  }
}

/** Not what is known by marks alone, which what was about to start may bear next. */
const provesItself = (items: readonly RecordedItem[]): boolean =>
  items.some(({ kind }) => kind === "group") && items.every(({ kind }) => kind !== "mark");
