/*
 * `npm run sim`: runs simulated clusters, seed by seed, and shows what breaks.
 *
 *   npm run sim -- [--seeds 100] [--from 1] [--minutes 2] [--keep-going] [--marks] [--json]
 *   npm run sim -- --seed 42 [--minutes 2] [--trace [--last SECONDS]] [--shrink] [--save FILE]
 *   npm run sim -- --plan FILE [--trace [--last SECONDS]]
 *
 * `--save` writes the plan, shrunk or not, as it is kept in test/simulation/corpus.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Node } from "../src/core/node.js";
import type { CoreFactory } from "../src/sim/agent.js";
import type { Plan } from "../src/sim/plan.js";
import { type Outcome, run } from "../src/sim/run.js";
import { shrink } from "../src/sim/shrink.js";
import { drawPlan } from "../src/sim/workload.js";
import { runMany, type Tally } from "./sim-many.js";
import type { SeedReport } from "./sim-worker.js";

const PROGRESS_MS = 1_000;
const makeCore: CoreFactory = (now, options) => new Node(now, options);

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    plan: { type: "string" },
    save: { type: "string" },
    trace: { type: "boolean", default: false },
    last: { type: "string", default: "3" },
    shrink: { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
    marks: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function describe({ site, faults }: Plan): string {
  const { networks, services, detection } = site.cluster;
  const profile = `${detection.interval / 1_000}/${detection.timeout / 1_000} ms`;
  const counts = `${site.hosts.length} nodes, ${networks.length} networks, ${services.length} services`;
  return `${counts}, ${profile}, ${faults.length} faults`;
}

function describeFailure(report: Pick<SeedReport, "seed" | "rule" | "at" | "message">): string {
  const at = (report.at / 1_000_000).toFixed(3);
  return `seed ${report.seed}: rule "${report.rule}" broken at ${at} s: ${report.message}`;
}

/** The end of the trace, as far back as is asked for. */
function printTrace(outcome: Outcome, seconds: number): void {
  const from = (outcome.violation?.at ?? 0) / 1_000_000 - seconds;
  for (const line of outcome.trace) if (Number.parseFloat(line) >= from) say(line);
}

function printFaults({ faults }: Plan): void {
  for (const fault of faults) say(JSON.stringify({ ...fault, trouble: { ...fault.trouble, cluster: undefined } }));
}

function runOne(drawn: Plan): number {
  const traced = values.trace;
  const first = run(drawn, { makeCore, traced });
  const isShrunk = values.shrink && first.violation !== undefined;
  const plan = isShrunk ? shrink(drawn, first.violation.rule, makeCore) : drawn;
  const outcome = isShrunk ? run(plan, { makeCore, traced }) : first;
  const { violation } = outcome;
  if (traced) printTrace(outcome, Number(values.last));
  if (isShrunk) printFaults(plan);
  if (values.save !== undefined) save(values.save, plan, violation?.message ?? "nothing");
  say(describe(plan));
  say(
    violation === undefined ? `seed ${plan.seed}: nothing wrong` : describeFailure({ seed: plan.seed, ...violation }),
  );
  return violation === undefined ? 0 : 1;
}

function save(file: string, plan: Plan, found: string): void {
  writeFileSync(file, `${JSON.stringify({ found, plan })}\n`);
  say(`The plan is kept in ${file}`);
}

const readPlan = (file: string): Plan => (JSON.parse(readFileSync(file, "utf8")) as { readonly plan: Plan }).plan;

async function runSeeds(from: number, count: number): Promise<number> {
  const began = performance.now();
  let saidAt = began;
  const onReport = (report: SeedReport, tally: Tally): void => {
    if (report.rule !== undefined && !values.json) say(describeFailure(report));
    if (!process.stderr.isTTY || performance.now() - saidAt < PROGRESS_MS) return;
    saidAt = performance.now();
    process.stderr.write(`\r${progress(tally, count, began)} `);
  };
  const orders = Array.from({ length: count }, (_, index) => ({ seed: from + index, minutes }));
  const tally = await runMany({ orders, keepsGoing: values["keep-going"], onReport });
  if (values.json) say(JSON.stringify({ ...tally, marks: Object.fromEntries(tally.marks) }));
  else sayTally(tally, count, began);
  return tally.failures.length === 0 ? 0 : 1;
}

function sayTally(tally: Tally, count: number, began: number): void {
  if (values.marks) for (const [mark, times] of [...tally.marks].sort()) say(`${String(times).padStart(10)} ${mark}`);
  say(progress(tally, count, began));
  if (tally.failures.length > 0) say("See one: npm run sim -- --seed SEED --trace --shrink");
}

function progress(tally: Tally, count: number, began: number): string {
  const spent = (performance.now() - began) / 1_000;
  const rate = Math.round(tally.occurrences / spent / 1_000);
  return `${tally.done} of ${count} seeds, ${tally.failures.length} failed, ${spent.toFixed(0)} s, ${rate}k events/s`;
}

async function main(): Promise<number> {
  if (values.plan !== undefined) return runOne(readPlan(values.plan));
  if (values.seed !== undefined) return runOne(drawPlan(Number(values.seed), minutes));
  return runSeeds(Number(values.from), Number(values.seeds));
}

process.exitCode = await main();
