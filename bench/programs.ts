/*
 * What the program host costs and how fast it is: an end noticed by the agent, a start until the program runs, and many
 * programs that are checked once a second.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createServer } from "node:net";
import { ProgramBench } from "../test/support/program-bench.js";
import { milliseconds, seconds } from "../src/base/time.js";
import { usageOf } from "./process-usage.js";
import { median, quantile } from "./statistics.js";

export interface ProgramCost {
  readonly starts: number;
  readonly startMs: { readonly median: number; readonly p99: number };
  /** From the kill to the fact in the agent. */
  readonly exitMs: { readonly median: number; readonly p99: number };
  readonly programs: number;
  /** Per cent of one core, host alone. */
  readonly cpu: number;
  readonly rssMb: number;
}

const LISTENERS_SETTLE_MS = 5_000;

export async function measurePrograms(starts: number, programs: number, span: number): Promise<ProgramCost> {
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
      programs,
      ...(await measureChecks(on, programs, span)),
    };
  } finally {
    await on.close();
  }
}

/** All of them are checked at one listener, whose cost is not the host's. */
async function measureChecks(
  on: ProgramBench,
  programs: number,
  span: number,
): Promise<{ cpu: number; rssMb: number }> {
  const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.on("listening", resolve));
  const { port } = server.address() as { port: number };
  const probe = { kind: "tcp", host: "127.0.0.1", port } as const;
  const health = { probe, interval: seconds(1), timeout: milliseconds(300), fail: 3, slow: milliseconds(200) };
  const runs = Array.from({ length: programs }, () => on.start({ health }));
  for (const run of runs) await on.heard("program-judged", run);
  await pause(LISTENERS_SETTLE_MS);
  const host = on.link.pid ?? 0;
  const before = usageOf(host);
  await pause(span * 1_000);
  const after = usageOf(host);
  server.close();
  return { cpu: (after.cpuMs - before.cpuMs) / (span * 10), rssMb: after.rssMb };
}
