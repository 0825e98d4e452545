import { closeSync, openSync, writeFileSync } from "node:fs";
import { setns } from "../src/os/linux/libc.js";
import { checked } from "../src/os/linux/system-call-error.js";

const CLONE_NEWNET = 0x4000_0000;

/**
 * A named network namespace that this process can visit. A visit changes the calling thread only and ends before the
 * call returns: sockets opened and children started meanwhile belong to the namespace for good, which is what makes
 * a fault one system call away instead of one process away.
 */
export class Namespace {
  /** The file that pins it, which also names it in messages. */
  readonly path: string;
  readonly #inside: number;
  readonly #outside: number;

  constructor(path: string) {
    this.path = path;
    this.#inside = openSync(path, "r");
    this.#outside = openSync("/proc/thread-self/ns/net", "r");
  }

  /** Runs synchronous work inside. It must not await: the thread would carry other work into the namespace. */
  visit<Result>(work: () => Result): Result {
    checked(setns(this.#inside, CLONE_NEWNET), "setns", `enter the network namespace ${this.path}`);
    try {
      return work();
    } finally {
      checked(setns(this.#outside, CLONE_NEWNET), "setns", `leave the network namespace ${this.path}`);
    }
  }

  /** Sets `net.*` kernel parameters, written as paths below `/proc/sys/net`. */
  setParameters(parameters: Readonly<Record<string, string>>): void {
    this.visit(() => {
      for (const [path, value] of Object.entries(parameters)) writeFileSync(`/proc/sys/net/${path}`, value);
    });
  }

  close(): void {
    closeSync(this.#inside);
    closeSync(this.#outside);
  }
}
