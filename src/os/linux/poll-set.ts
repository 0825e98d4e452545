import type { Duration } from "../../base/time.js";
import { ppoll } from "./libc.js";
import { ERRNO } from "./system-call-error.js";

/*
 * struct pollfd:  0 fd i32  4 wanted events u16  6 seen events u16
 */
const POLLFD = 8;
const POLLIN = 0x1;

/** Waits for several descriptors at once, without allocating anything. */
export class PollSet {
  readonly #fds: readonly number[];
  readonly #polled: Uint8Array;
  readonly #view: DataView;
  readonly #timeout = new Uint8Array(16);
  readonly #timeoutView = new DataView(this.#timeout.buffer);

  constructor(fds: readonly number[]) {
    this.#fds = fds;
    this.#polled = new Uint8Array(fds.length * POLLFD);
    this.#view = new DataView(this.#polled.buffer);
    for (const [index, fd] of fds.entries()) {
      this.#view.setInt32(index * POLLFD, fd, true);
      this.#view.setUint16(index * POLLFD + 4, POLLIN, true);
    }
  }

  /**
   * Waits until something can be read, or for `timeout` (undefined: without end; negative: not at all). Answers how
   * many descriptors are ready: 0 after a timeout or a signal, a negative errno when it could not wait.
   */
  wait(timeout: Duration | undefined): number {
    const answer = ppoll(this.#polled, this.#fds.length, timeout === undefined ? null : this.#timespec(timeout));
    if (answer > 0) return answer;
    // After a failure the kernel has left the events of the last time.
    for (let index = 0; index < this.#fds.length; index += 1) this.#view.setUint16(index * POLLFD + 6, 0, true);
    return answer === -ERRNO.intr ? 0 : answer;
  }

  /** Whether the descriptor at this place of the list has something to read, or has failed. */
  isReady(index: number): boolean {
    return this.#view.getUint16(index * POLLFD + 6, true) !== 0;
  }

  #timespec(span: Duration): Uint8Array {
    const us = Math.max(0, span);
    this.#timeoutView.setUint32(0, Math.floor(us / 1_000_000), true);
    this.#timeoutView.setUint32(8, (us % 1_000_000) * 1_000, true);
    return this.#timeout;
  }
}
