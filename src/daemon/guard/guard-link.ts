import type { ChildProcess } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { describeError, LocumError } from "../../base/locum-error.js";
import { doubled } from "../../base/time.js";
import type { PlacedAddress } from "../../model/kernel.js";
import { O_CLOEXEC, dup3, fcntl, pipe2, read } from "../../os/linux/libc.js";
import { checked } from "../../os/linux/system-call-error.js";
import {
  EXIT_NOT_ALONE,
  type Goodbye,
  GUARD_LINE_MAX,
  type GuardFired,
  type GuardOrder,
  type GuardReport,
  ORDERS_FD,
  RENEWALS_FD,
  REPORTS_FD,
} from "./guard-protocol.js";
import { takeGuardReport } from "./guard-report.js";
import { HelperProgram } from "../helper-program.js";
import { LineBuffer } from "../line-buffer.js";

/** A small heap, and no threads beside the one that waits. */
const NODE_OPTIONS: readonly string[] = [
  "--max-old-space-size=16",
  "--max-semi-space-size=1",
  "--single-threaded",
  "--v8-pool-size=0",
];

const O_NONBLOCK = 0x800;
const F_SETPIPE_SZ = 1031;
/** Room for the largest order while the guard starts; the kernel's limit for those without rights. */
const ORDERS_ROOM = 1_048_576;

const START_MS_MAX = 5_000;
const RESTART_MS = 50;
const RESTART_MS_MAX = 10_000;

export interface GuardLinkOptions {
  /** Path of the agent's socket: the guard's files lie beside it. */
  readonly socket: string;
  /** Options of Node for the guard, in place of those that suit it. */
  readonly nodeOptions?: readonly string[];
  /** The lease was over and the guard acts: nothing that was guarded is ours any more, programs included. */
  readonly onFiring: () => void;
  /** It has done so. */
  readonly onFired?: (fired: GuardFired) => void;
  /** No guard runs at the moment. It is started again, in growing intervals. */
  readonly onTrouble: (problem: string) => void;
  /** The guard that was missing runs. */
  readonly onRecovered: () => void;
}

/** The two ends of a pipe. */
interface Pipe {
  readonly reading: number;
  readonly writing: number;
}

/** The agent's end of the pipes to its guard: starts it, keeps it running, tells it what to do. */
export class GuardLink {
  readonly #options: GuardLinkOptions;
  readonly #reports = new LineBuffer(GUARD_LINE_MAX);
  readonly #readBuffer: Buffer = Buffer.alloc(65_536);
  #child: ChildProcess | undefined;
  #ordersFd: number | undefined;
  #reportsSocket: Socket | undefined;
  #reportsFd: number | undefined;
  #renewalsFd: number | undefined;
  readonly #program: HelperProgram;
  #arming = 0;
  #guard: { readonly guarded: boolean; readonly addresses: readonly PlacedAddress[] } | undefined;
  #goodbyes: readonly Goodbye[] = [];
  #routes: readonly string[] = [];
  #disarmed = false;
  #failures = 0;
  #whenReady: (() => void) | undefined;

  constructor(options: GuardLinkOptions) {
    this.#options = options;
    this.#program = new HelperProgram("guard/guard.js", options.nodeOptions ?? NODE_OPTIONS);
  }

  /**
   * Starts the guard.
   * @throws {LocumError} when it does not come up; it is tried again all the same.
   */
  async start(): Promise<void> {
    // Keeps the process from ending for want of anything else to wait for.
    let patience: NodeJS.Timeout | undefined;
    const ready = new Promise<boolean>((resolve) => {
      this.#whenReady = () => resolve(true);
      patience = setTimeout(() => resolve(false), START_MS_MAX);
    });
    this.#relaunch();
    const isReady = await ready;
    clearTimeout(patience);
    if (isReady) return;
    this.#failures += 1;
    throw new LocumError({ code: "guard.not-started", message: "Cannot start the guard process" });
  }

  /** What the heartbeat thread writes renewals to: the same number for as long as the agent lives. */
  get renewalsFd(): number | undefined {
    return this.#renewalsFd;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** To be called before an address is added, and after one is removed. */
  guard(addresses: readonly PlacedAddress[], guarded: boolean): void {
    this.#guard = { addresses, guarded };
    this.#sendGuard();
  }

  /** To be called before there is a route of ours to an address that was not told before. */
  guardRoutes(addresses: readonly string[]): void {
    this.#routes = addresses;
    this.#order({ kind: "guard-routes", addresses });
  }

  prepareGoodbyes(goodbyes: readonly Goodbye[]): void {
    this.#goodbyes = goodbyes;
    this.#order({ kind: "prepare-goodbyes", arming: this.#arming, goodbyes });
  }

  /** From here on the guard does nothing, and ends with the agent. */
  disarm(): void {
    this.#disarmed = true;
    this.#order({ kind: "disarm" });
  }

  /** Reads what the guard reported so far, without waiting, in a microsecond when that is nothing. */
  poll(): void {
    // A socket that met the end of the pipe has closed the descriptor, whose number may be another's by now.
    if (this.#reportsFd === undefined || this.#reportsSocket?.destroyed !== false) return;
    const length = read(this.#reportsFd, this.#readBuffer);
    if (length > 0) this.#take(this.#readBuffer.subarray(0, length));
  }

  #launch(): void {
    const orders = openPipe();
    const renewals = openPipe();
    const reports = openPipe();
    fcntl(orders.writing, F_SETPIPE_SZ, ORDERS_ROOM);
    const stdio: (number | "ignore" | "inherit")[] = ["ignore", "ignore", "inherit", "ignore", "ignore"];
    stdio[REPORTS_FD] = reports.writing;
    stdio[ORDERS_FD] = orders.reading;
    stdio[RENEWALS_FD] = renewals.reading;
    const child = this.#start(stdio, {
      theirs: [reports.writing, orders.reading, renewals.reading],
      ours: [reports.reading, orders.writing, renewals.writing],
    });
    this.#child = child;
    child.on("error", (error) => this.#ended(child, describeError(error)));
    child.on("exit", (code, signal) => this.#ended(child, endText(code, signal)));
    child.unref();
    this.#ordersFd = orders.writing;
    this.#adoptRenewals(renewals.writing);
    this.#listen(reports.reading);
    this.#sendGuard();
    if (this.#routes.length > 0) this.guardRoutes(this.#routes);
    if (this.#goodbyes.length > 0) this.prepareGoodbyes(this.#goodbyes);
  }

  /** @throws when it is refused: no pipe is left open then. */
  #start(
    stdio: (number | "ignore" | "inherit")[],
    ends: { readonly theirs: readonly number[]; readonly ours: readonly number[] },
  ): ChildProcess {
    let child: ChildProcess | undefined;
    try {
      child = this.#program.start([this.#options.socket], stdio);
      return child;
    } finally {
      for (const fd of child === undefined ? [...ends.theirs, ...ends.ours] : ends.theirs) closeSync(fd);
    }
  }

  #adoptRenewals(fd: number): void {
    if (this.#renewalsFd === undefined) {
      this.#renewalsFd = fd;
      return;
    }
    checked(dup3(fd, this.#renewalsFd, O_CLOEXEC), "dup3", "connect the heartbeats with the new guard");
    closeSync(fd);
  }

  #listen(fd: number): void {
    const socket = new Socket({ fd, readable: true, writable: false });
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    socket.on("error", () => socket.destroy());
    socket.unref();
    this.#reportsSocket = socket;
    this.#reportsFd = fd;
  }

  #take(bytes: Uint8Array): void {
    for (const line of this.#reports.push(bytes)) {
      // Our own child wrote it.
      const report: GuardReport = JSON.parse(line);
      if (report.kind === "ready") this.#ready();
      else if (report.kind === "firing") this.#firing(report.arming);
      else this.#fired(report);
    }
  }

  #ready(): void {
    if (this.#failures > 0) this.#options.onRecovered();
    this.#failures = 0;
    this.#whenReady?.();
  }

  #firing(arming: number): void {
    this.#arming = arming;
    this.#guard = undefined;
    this.#goodbyes = [];
    this.#options.onFiring();
  }

  #fired(report: GuardFired): void {
    // Told already: no later agent need hear of it.
    takeGuardReport(this.#options.socket);
    this.#options.onFired?.(report);
  }

  #sendGuard(): void {
    if (this.#guard !== undefined) this.#order({ kind: "guard", arming: this.#arming, ...this.#guard });
  }

  /** A guard that leaves so much unread that an order has no room is of no use: another one takes its place. */
  #order(order: GuardOrder): void {
    if (this.#ordersFd === undefined) return;
    const line = Buffer.from(`${JSON.stringify(order)}\n`);
    try {
      if (writeSync(this.#ordersFd, line) === line.length) return;
    } catch {
      // EPIPE: it ended, which is noticed in its own way. EAGAIN: as above.
    }
    this.#child?.kill("SIGKILL");
  }

  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    if (this.#ordersFd !== undefined) closeSync(this.#ordersFd);
    this.#ordersFd = undefined;
    this.poll();
    this.#reportsFd = undefined;
    this.#reportsSocket?.destroy();
    if (!this.#disarmed) this.#tryAgain(how);
  }

  #tryAgain(how: string): void {
    this.#failures += 1;
    this.#options.onTrouble(`The guard process does not run: ${how}`);
    const delay = doubled(RESTART_MS, this.#failures - 1, RESTART_MS_MAX);
    setTimeout(() => this.#relaunch(), delay).unref();
  }

  #relaunch(): void {
    try {
      this.#launch();
    } catch (error) {
      this.#tryAgain(describeError(error));
    }
  }
}

function endText(code: number | null, signal: string | null): string {
  if (code === EXIT_NOT_ALONE) return "the guard of an earlier agent has not ended yet";
  return `it ended with ${signal ?? `code ${code}`}`;
}

/** Both ends close when another program is started, and neither ever blocks. */
function openPipe(): Pipe {
  const ends = new Int32Array(2);
  checked(pipe2(ends, O_CLOEXEC | O_NONBLOCK), "pipe2", "connect the guard");
  const [reading = -1, writing = -1] = ends;
  return { reading, writing };
}
