import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { describeError } from "../../base/locum-error.js";
import { doubled } from "../../base/time.js";
import type { ProgramEffect, ProgramInput } from "../../model/program.js";
import { HelperProgram } from "../helper-program.js";
import { LineBuffer } from "../line-buffer.js";
import {
  CHANNEL_FD,
  EXIT_OTHER_HOST,
  type HostOptions,
  type HostOrder,
  type HostReport,
  PROGRAM_BACKLOG_MAX,
  PROGRAM_LINE_MAX,
  programRecordFile,
} from "./program-protocol.js";
import { killRecorded, readProgramRecord } from "./program-record.js";

/** A small heap, collected without helpers, which would have to wait for busy programs. */
const NODE_OPTIONS: readonly string[] = [
  "--max-old-space-size=96",
  "--max-semi-space-size=1",
  "--single-threaded-gc",
  "--v8-pool-size=1",
];

const RESTART_MS = 20;
const RESTART_MS_MAX = 10_000;
/** A host is asked so often whether it lives, and given up after so long. */
const PING_MS = 1_000;
const PATIENCE_MS = 10_000;
/** Programs were stopped before; what is left is killed. */
const END_MS_MAX = 4_000;
/** Orders that wait for a host to start; decisions give up a program that they hear nothing of long before. */
const ORDERS_WAITING_MAX = 10_000;

export interface ProgramLinkOptions {
  readonly host: HostOptions;
  readonly onInput: (input: ProgramInput) => void;
  /** No programs can be run at the moment, or not as they should be. */
  readonly onTrouble: (problem: string) => void;
  readonly onRecovered: () => void;
}

/**
 * The agent's end of the channel to its program host: starts it when there is a program to run, keeps it running, carries
 * orders and facts. When it dies, what is left of its programs is killed at once, and decisions hear of that as soon as
 * there is another one.
 */
export class ProgramLink {
  readonly #options: ProgramLinkOptions;
  readonly #program = new HelperProgram("programs/program-host.js", NODE_OPTIONS);
  readonly #waiting: ProgramEffect[] = [];
  /** An earlier agent left something on record, and no host has said yet what became of it. */
  #mayHaveRemains: boolean;
  #child: ChildProcess | undefined;
  #channel: Socket | undefined;
  #isReady = false;
  /** Programs died with a host, and decisions do not know yet. */
  #isLost = false;
  #isEnding = false;
  #failures = 0;
  #restart: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #heardAt = 0;

  constructor(options: ProgramLinkOptions) {
    this.#options = options;
    this.#mayHaveRemains = existsSync(programRecordFile(options.host.socket));
  }

  /** Starts a host. To be called where the configuration has programs, and where an earlier agent may have left some. */
  start(): void {
    if (this.#child === undefined && this.#restart === undefined && !this.#isEnding) this.#launch();
  }

  /** Whether a host of an earlier agent had something on record, which the next host ends, and has not told of. */
  get mayHaveRemains(): boolean {
    return this.#mayHaveRemains;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  perform(effect: ProgramEffect): void {
    this.start();
    if (this.#isReady) this.#order(effect);
    else if (this.#waiting.length < ORDERS_WAITING_MAX) this.#waiting.push(effect);
  }

  /** Ends what is left of all programs, and the host. */
  async close(): Promise<void> {
    this.#isEnding = true;
    clearTimeout(this.#restart);
    const child = this.#child;
    if (child === undefined) return;
    child.ref();
    const ended = new Promise<void>((resolve) => child.on("exit", () => resolve()));
    const late = setTimeout(() => child.kill("SIGKILL"), END_MS_MAX);
    this.#order({ kind: "end" });
    await ended;
    clearTimeout(late);
  }

  #launch(): void {
    this.#restart = undefined;
    const { host } = this.#options;
    const child = this.#program.start([JSON.stringify(host)], ["ignore", "ignore", "inherit", "pipe"]);
    this.#child = child;
    child.unref();
    child.on("error", (error) => this.#ended(child, describeError(error)));
    child.on("exit", (status, signal) => this.#ended(child, endText(status, signal)));
    const channel = child.stdio[CHANNEL_FD] as Socket | undefined;
    this.#channel = channel;
    this.#listen(child, channel);
  }

  #listen(child: ChildProcess, channel: Socket | undefined): void {
    const lines = new LineBuffer(PROGRAM_LINE_MAX);
    channel?.on("data", (bytes: Buffer) => {
      this.#heardAt = performance.now();
      // Our own child wrote them.
      for (const line of lines.push(bytes)) if (child === this.#child) this.#take(JSON.parse(line) as HostReport);
    });
    // Its end is noticed in its own way.
    channel?.on("error", () => channel.destroy());
    channel?.unref();
  }

  #take(report: HostReport): void {
    if (report.kind === "alive") return;
    if (report.kind === "ready") this.#ready(report);
    else this.#options.onInput(report);
  }

  #ready({ shortcoming, left }: Extract<HostReport, { readonly kind: "ready" }>): void {
    const { onTrouble, onRecovered, onInput } = this.#options;
    if (shortcoming !== undefined) onTrouble(shortcoming);
    else if (this.#failures > 0) onRecovered();
    this.#failures = 0;
    this.#isReady = true;
    this.#heardAt = performance.now();
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
    // Decisions gave the orders that wait for programs which they take for running, or for a host that never came up.
    const waiting = this.#waiting.splice(0);
    if (this.#isLost || left.length > 0) onInput({ kind: "program-host-lost", left });
    else {
      if (this.#mayHaveRemains) onInput({ kind: "no-programs-left" });
      waiting.forEach((effect) => this.#order(effect));
    }
    this.#isLost = false;
    this.#mayHaveRemains = false;
  }

  #ping(): void {
    if (performance.now() - this.#heardAt > PATIENCE_MS) this.#child?.kill("SIGKILL");
    else this.#order({ kind: "ping" });
  }

  /** A host that leaves so much unread does not work any more. */
  #order(order: HostOrder): void {
    const channel = this.#channel;
    if (channel === undefined || channel.destroyed) return;
    channel.write(`${JSON.stringify(order)}\n`);
    if (channel.writableLength > PROGRAM_BACKLOG_MAX) this.#child?.kill("SIGKILL");
  }

  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    killRecorded(readProgramRecord(this.#options.host.socket));
    clearInterval(this.#pings);
    this.#channel?.destroy();
    this.#child = undefined;
    this.#channel = undefined;
    if (this.#isReady) this.#isLost = true;
    this.#isReady = false;
    if (this.#isEnding) return;
    this.#failures += 1;
    this.#options.onTrouble(`The program host does not run: ${how}`);
    const delay = doubled(RESTART_MS, this.#failures - 1, RESTART_MS_MAX);
    this.#restart = setTimeout(() => this.#launchAgain(), delay);
  }

  #launchAgain(): void {
    try {
      this.#launch();
    } catch (error) {
      this.#failures += 1;
      this.#options.onTrouble(`The program host can't be started: ${describeError(error)}`);
      this.#restart = setTimeout(() => this.#launchAgain(), RESTART_MS_MAX);
    }
  }
}

function endText(status: number | null, signal: NodeJS.Signals | null): string {
  if (status === EXIT_OTHER_HOST) return "that of an earlier agent has not ended yet";
  return `it ended with ${signal ?? `status ${status}`}`;
}
