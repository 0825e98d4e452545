import type { ProgramExit } from "../../model/program.js";
import { prctl, waitid } from "./libc.js";
import { signalName } from "./signal-name.js";

/*
 * siginfo_t of a child (sigaction(2)), as on all 64-bit machines: 8 code i32  16 pid i32  20 uid u32  24 status i32
 */
const SIGINFO_BYTES = 128;
const AT = { code: 8, pid: 16, status: 24 } as const;
const P = { all: 0, pid: 1 } as const;
const W = { noHang: 1, exited: 4, noWait: 0x0100_0000 } as const;
const CLD_EXITED = 1;
const PR_SET_CHILD_SUBREAPER = 36;
/** A child that this process does not take away: how it ended. Undefined: it has not, or is none. */
export function peekExit(pid: number): ProgramExit | undefined {
  const info = new Uint8Array(SIGINFO_BYTES);
  const view = new DataView(info.buffer);
  const answer = waitid(P.pid, pid, info, W.exited | W.noHang | W.noWait);
  return answer < 0 || view.getInt32(AT.pid, true) === 0 ? undefined : exitIn(view);
}

function exitIn(info: DataView): ProgramExit {
  const status = info.getInt32(AT.status, true);
  const isStatus = info.getInt32(AT.code, true) === CLD_EXITED;
  return isStatus ? { kind: "status", status } : { kind: "signal", signal: signalName(status) };
}

/** A program may leave them faster than they can be taken away: others get their turn in between. */
const REAPED_AT_ONCE_MAX = 500;

export interface OrphanageOptions {
  /** Whether Node has started this process, and takes it away itself. */
  readonly isOwnChild: (pid: number) => boolean;
  readonly onExit: (pid: number, exit: ProgramExit) => void;
}

/**
 * Processes whose parents have ended become children of this process instead of the machine's first one, and are taken
 * away by it when they end. So their end is noticed at once, with its status, and none of them piles up where the first
 * process does not care.
 */
export class Orphanage {
  readonly #options: OrphanageOptions;
  readonly #info = new Uint8Array(SIGINFO_BYTES);
  readonly #view = new DataView(this.#info.buffer);
  readonly #reap = (): void => this.reap();
  #again: NodeJS.Immediate | undefined;

  constructor(options: OrphanageOptions) {
    this.#options = options;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    process.on("SIGCHLD", this.#reap);
  }

  close(): void {
    process.off("SIGCHLD", this.#reap);
    clearImmediate(this.#again);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
  }

  /** Takes away all that have ended so far. */
  reap(): void {
    for (let count = 0; count < REAPED_AT_ONCE_MAX; count += 1) {
      const pid = this.#peek();
      if (pid === 0) return;
      // Node takes it away in this turn or the next; the kernel shows no other one before.
      if (this.#options.isOwnChild(pid)) break;
      this.#take(pid);
    }
    clearImmediate(this.#again);
    this.#again = setImmediate(this.#reap);
  }

  #peek(): number {
    this.#info.fill(0);
    const answer = waitid(P.all, 0, this.#info, W.exited | W.noHang | W.noWait);
    return answer < 0 ? 0 : this.#view.getInt32(AT.pid, true);
  }

  #take(pid: number): void {
    this.#info.fill(0);
    if (waitid(P.pid, pid, this.#info, W.exited | W.noHang) < 0) return;
    this.#options.onExit(pid, exitIn(this.#view));
  }
}
