/* How fast the program host is: an end noticed by the agent, a start until the program runs. */
import { ProgramBench } from "../test/support/program-bench.js";
import { median, quantile } from "./statistics.js";

export interface ProgramSpeed {
  readonly starts: number;
  readonly startMs: { readonly median: number; readonly p99: number };
  /** From the kill to the fact in the agent. */
  readonly exitMs: { readonly median: number; readonly p99: number };
}

export async function measureProgramSpeed(starts: number): Promise<ProgramSpeed> {
  const on = new ProgramBench();
  try {
    const startMs: number[] = [];
    const exitMs: number[] = [];
    for (let count = 0; count < starts; count += 1) {
      const begun = performance.now();
      const run = on.start({});
      const { pid = 0 } = await on.heard("program-started", run);
      if (count > 0) startMs.push(performance.now() - begun);
      const killed = performance.now();
      process.kill(pid, "SIGKILL");
      await on.heard("program-exited", run);
      exitMs.push(performance.now() - killed);
      await on.heard("program-gone", run);
    }
    return {
      starts,
      startMs: { median: median(startMs), p99: quantile(startMs, 0.99) },
      exitMs: { median: median(exitMs), p99: quantile(exitMs, 0.99) },
    };
  } finally {
    await on.close();
  }
}
