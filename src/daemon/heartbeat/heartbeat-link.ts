import { Worker } from "node:worker_threads";
import type { Duration } from "../../base/time.js";
import type { Bulletin } from "../../model/heartbeat.js";
import type { NodeName } from "../../model/names.js";
import { close, eventfd, write } from "../../os/linux/libc.js";
import { checked } from "../../os/linux/system-call-error.js";
import {
  PULSE,
  type HeartbeatCommand,
  type HeartbeatMessage,
  type HeartbeatSetup,
  type HeartbeatStart,
} from "./heartbeat-protocol.js";

const PROGRAM = new URL("./heartbeat-thread.js", import.meta.url);
const EFD_CLOEXEC = 0x8_0000;
const EFD_NONBLOCK = 0x800;
const PULSE_INTERVAL_MS = 200;
/** The thread wakes twice a second at least; after this many of our own pulses without one of its own it hangs. */
const SILENT_PULSES_MAX = 10;
const END_MS_MAX = 1_000;

export interface HeartbeatLinkOptions {
  readonly setup: HeartbeatSetup;
  readonly self: NodeName;
  readonly incarnation: number;
  readonly onMessage: (message: HeartbeatMessage) => void;
  /** The thread is gone though nobody asked for it, or it hangs. */
  readonly onDeath: (problem: string) => void;
}

/** The main thread's handle of the heartbeat thread. */
export class HeartbeatLink {
  readonly #options: HeartbeatLinkOptions;
  readonly #worker: Worker;
  readonly #wakeFd: number;
  readonly #pulses = new Int32Array(new SharedArrayBuffer(PULSE.count * Int32Array.BYTES_PER_ELEMENT));
  readonly #pulse: NodeJS.Timeout;
  readonly #exited: Promise<void>;
  #problem = "it ended";
  #ending = false;
  #gone = false;
  #threadPulse = 0;
  #silentPulses = 0;

  /** Starts the thread. */
  constructor(options: HeartbeatLinkOptions) {
    this.#options = options;
    const { setup, self, incarnation } = options;
    this.#wakeFd = checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "wake the heartbeat thread");
    const start: HeartbeatStart = { setup, self, incarnation, wakeFd: this.#wakeFd, pulses: this.#pulses.buffer };
    this.#worker = new Worker(PROGRAM, { workerData: start });
    this.#worker.on("message", options.onMessage);
    this.#worker.on("error", (error) => (this.#problem = error.message));
    this.#exited = new Promise((resolve) => this.#worker.on("exit", () => resolve(this.#buried())));
    this.#pulse = setInterval(() => this.#beat(), PULSE_INTERVAL_MS);
  }

  publish(bulletin: Bulletin, urgent: boolean): void {
    this.#command({ kind: "publish-bulletin", bulletin, urgent });
  }

  reconfigure(setup: HeartbeatSetup): void {
    this.#command({ kind: "reconfigure", setup });
  }

  /** Lets the thread renew the guard's lease over a pipe; a length of 0 is never over. */
  renewLease(fd: number | undefined, length: Duration): void {
    this.#command({ kind: "renew-lease", fd, length });
  }

  /** Answered by the message `goodbyes-prepared`, which comes unasked too: at the start and with another setup. */
  prepareGoodbyes(): void {
    this.#command({ kind: "prepare-goodbyes" });
  }

  /** Answered by the message `goodbye-said`; a moment later the thread ends. */
  sayGoodbye(): void {
    this.#ending = true;
    this.#command({ kind: "say-goodbye" });
  }

  /** Ends the thread without a word to the peers; by force when it does not follow. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#command({ kind: "end" });
    const force = setTimeout(() => void this.#worker.terminate(), END_MS_MAX);
    await this.#exited;
    clearTimeout(force);
  }

  /** When the thread has ended. */
  async exited(): Promise<void> {
    await this.#exited;
  }

  #command(command: HeartbeatCommand): void {
    if (this.#gone) return;
    this.#worker.postMessage(command);
    write(this.#wakeFd, ONE);
  }

  /** Shows the thread that the event loop turns, and looks at the thread. */
  #beat(): void {
    Atomics.add(this.#pulses, PULSE.main, 1);
    const threadPulse = Atomics.load(this.#pulses, PULSE.heartbeat);
    this.#silentPulses = threadPulse === this.#threadPulse ? this.#silentPulses + 1 : 0;
    this.#threadPulse = threadPulse;
    if (this.#silentPulses === SILENT_PULSES_MAX && threadPulse !== 0) this.#options.onDeath("it hangs");
  }

  #buried(): void {
    clearInterval(this.#pulse);
    this.#gone = true;
    close(this.#wakeFd);
    if (!this.#ending) this.#options.onDeath(this.#problem);
  }
}

/** What an eventfd counts. */
const ONE: Uint8Array = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
