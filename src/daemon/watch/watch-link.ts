import { Worker } from "node:worker_threads";
import { describeError } from "../../base/locum-error.js";
import type { NodeInput } from "../../model/node-io.js";
import { close, eventfd, write } from "../../os/linux/libc.js";
import { checked } from "../../os/linux/system-call-error.js";
import type { WatchOrder, WatchReport, WatchStart } from "./watch-protocol.js";

const PROGRAM = new URL("./watch-thread.js", import.meta.url);
const EFD_CLOEXEC = 0x8_0000;
const EFD_NONBLOCK = 0x800;
/** What an eventfd counts. */
const ONE: Uint8Array = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
/** It decodes messages and keeps nothing. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 };

export interface WatchLinkOptions {
  readonly onInput: (input: NodeInput) => void;
  /** The thread is gone though nobody asked for it. */
  readonly onDeath: (problem: string) => void;
}

/** The main thread's handle of the watch thread. */
export class WatchLink {
  /** When no change is missed any more; an error when the thread could not even start. */
  readonly watching: Promise<void>;
  readonly #options: WatchLinkOptions;
  readonly #worker: Worker;
  readonly #wakeFd: number;
  readonly #untaken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #exited: Promise<void>;
  #problem = "it ended";
  #ending = false;
  #gone = false;

  /** Starts the thread. */
  constructor(options: WatchLinkOptions) {
    this.#options = options;
    this.#wakeFd = checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd", "wake the watch thread");
    const start: WatchStart = { wakeFd: this.#wakeFd, untaken: this.#untaken.buffer };
    this.#worker = new Worker(PROGRAM, { workerData: start, resourceLimits: RESOURCE_LIMITS });
    this.#worker.on("error", (error) => (this.#problem = describeError(error)));
    this.watching = new Promise((resolve, reject) => {
      this.#worker.on("message", (report: WatchReport) =>
        report.kind === "watching" ? resolve() : this.#take(report),
      );
      this.#worker.once("error", reject);
    });
    this.#exited = new Promise((resolve) => this.#worker.on("exit", () => resolve(this.#buried())));
  }

  order(order: WatchOrder): void {
    if (this.#gone) return;
    this.#worker.postMessage(order);
    write(this.#wakeFd, ONE);
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.order({ kind: "end" });
    await this.#exited;
  }

  #take({ inputs }: Extract<WatchReport, { readonly kind: "inputs" }>): void {
    for (const input of inputs) this.#options.onInput(input);
    Atomics.sub(this.#untaken, 0, inputs.length);
  }

  #buried(): void {
    this.#gone = true;
    close(this.#wakeFd);
    if (!this.#ending) this.#options.onDeath(this.#problem);
  }
}
