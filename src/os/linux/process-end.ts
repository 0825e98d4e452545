import type { ProgramExit } from "../../model/program.js";
import type { EventPoll } from "./event-poll.js";
import { close, pidfdOpen } from "./libc.js";

export interface ProcessEndOptions {
  readonly pid: number;
  readonly poll: EventPoll;
  /** Where adopted processes' ends are told, with their status. */
  readonly onAdoptedExit: (pid: number, callback: ((exit: ProgramExit) => void) | undefined) => void;
  readonly reap: () => void;
  readonly onEnd: (exit: ProgramExit) => void;
}

/** Notices at once that a process has ended which this one did not start; its status only where it was adopted. */
export class ProcessEnd {
  readonly #options: ProcessEndOptions;
  readonly #fd: number;
  #isClosed = false;

  constructor(options: ProcessEndOptions) {
    this.#options = options;
    const { pid, poll, onAdoptedExit } = options;
    onAdoptedExit(pid, (exit) => this.#end(exit));
    this.#fd = pidfdOpen(pid);
    if (this.#fd >= 0) poll.add(this.#fd, () => this.#ended());
    // It has ended already.
    else setImmediate(() => this.#ended());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { pid, poll, onAdoptedExit } = this.#options;
    onAdoptedExit(pid, undefined);
    if (this.#fd < 0) return;
    poll.remove(this.#fd);
    close(this.#fd);
  }

  #ended(): void {
    // If it is an adopted one, its status is told from within.
    this.#options.reap();
    this.#end({ kind: "not-running" });
  }

  #end(exit: ProgramExit): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onEnd(exit);
  }
}
