/* A worker of `npm run sim`: runs the seeds that it is sent, one after another. */
import { parentPort } from "node:worker_threads";
import { Node } from "../src/core/node.js";
import { run } from "../src/sim/run.js";
import { drawPlan } from "../src/sim/workload.js";

export interface SeedOrder {
  readonly seed: number;
  readonly minutes: number;
}

export interface SeedReport {
  readonly seed: number;
  readonly rule: string | undefined;
  /** World time in microseconds at which the rule was broken. */
  readonly at: number;
  readonly message: string;
  readonly occurrences: number;
  readonly marks: readonly (readonly [string, number])[];
}

function runSeed({ seed, minutes }: SeedOrder): SeedReport {
  const { violation, occurrences, marks } = run(drawPlan(seed, minutes), {
    makeCore: (now, options) => new Node(now, options),
  });
  const { rule, at = 0, message = "" } = violation ?? { rule: undefined };
  return { seed, rule, at, message, occurrences, marks: [...marks] };
}

parentPort?.on("message", (order: SeedOrder) => parentPort?.postMessage(runSeed(order)));
