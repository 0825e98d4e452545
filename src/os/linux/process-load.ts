import { readFileSync } from "node:fs";
import { type Duration, microseconds } from "../../base/time.js";

/** What a process got of the machine since it began: proc_pid_stat(5), and schedstat in the kernel's sched-stats.rst. */
export interface ProcessLoad {
  /** As the kernel calls it: `R` runs or may run, `D` waits for a disk, `S` for something to happen, `T` is stopped. */
  readonly state: string;
  readonly ran: Duration;
  /** It could have run, and others did. */
  readonly waited: Duration;
}

/** Of the first thread of a process; undefined when it is gone, and where the kernel does not count. */
export function readProcessLoad(pid: number): ProcessLoad | undefined {
  try {
    const [ran = "", waited = ""] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ");
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the process may have anything in it.
    const state = stat.charAt(stat.lastIndexOf(")") + 2);
    return { state, ran: fromNanoseconds(ran), waited: fromNanoseconds(waited) };
  } catch {
    return undefined;
  }
}

const fromNanoseconds = (text: string): Duration => microseconds(Number(text) / 1_000);
