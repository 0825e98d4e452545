/* Runs many seeds on all cores and adds up what they report. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { SeedOrder, SeedReport } from "./sim-worker.js";

export interface Tally {
  done: number;
  readonly failures: SeedReport[];
  occurrences: number;
  readonly marks: Map<string, number>;
}

export interface ManyOptions {
  readonly orders: readonly SeedOrder[];
  readonly keepsGoing: boolean;
  readonly onReport: (report: SeedReport, tally: Tally) => void;
}

/** Resolves when all seeds have run, or, unless it keeps going, when the first has failed. */
export async function runMany({ orders, keepsGoing, onReport }: ManyOptions): Promise<Tally> {
  const tally: Tally = { done: 0, failures: [], occurrences: 0, marks: new Map() };
  const waiting = [...orders];
  const next = (): SeedOrder | undefined => (keepsGoing || tally.failures.length === 0 ? waiting.shift() : undefined);
  const take = (report: SeedReport): void => {
    add(tally, report);
    onReport(report, tally);
  };
  const jobs = Math.min(availableParallelism(), orders.length);
  await Promise.all(Array.from({ length: jobs }, () => runWorker(next, take)));
  return tally;
}

function runWorker(next: () => SeedOrder | undefined, take: (report: SeedReport) => void): Promise<void> {
  const worker = new Worker(new URL("./sim-worker.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const give = (): void => {
      const order = next();
      if (order === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage(order);
    };
    worker.on("message", (report: SeedReport) => {
      take(report);
      give();
    });
    worker.on("error", reject);
    give();
  });
}

function add(tally: Tally, report: SeedReport): void {
  tally.done += 1;
  tally.occurrences += report.occurrences;
  if (report.rule !== undefined) tally.failures.push(report);
  for (const [mark, times] of report.marks) tally.marks.set(mark, (tally.marks.get(mark) ?? 0) + times);
}
