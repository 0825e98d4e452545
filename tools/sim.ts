/*
 * `npm run sim`: runs simulated clusters, seed by seed, and shows what breaks.
 *
 *   npm run sim -- [--seeds 100] [--from 1] [--minutes 2] [--keep-going]
 *   npm run sim -- --seed 42 [--minutes 2] [--trace [SECONDS]] [--shrink]
 */
import { parseArgs } from "node:util";
import { Node } from "../src/core/node.js";
import type { CoreFactory } from "../src/sim/agent.js";
import type { Plan } from "../src/sim/plan.js";
import { type Outcome, run } from "../src/sim/run.js";
import { shrink } from "../src/sim/shrink.js";
import { drawPlan } from "../src/sim/workload.js";

const TRACE_SECONDS = 2;
const PROGRESS_MS = 1_000;
const makeCore: CoreFactory = (now, options) => new Node(now, options);

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    trace: { type: "string" },
    shrink: { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
    marks: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function describe(plan: Plan): string {
  const { cluster, hosts } = plan.site;
  const { interval, timeout } = cluster.detection;
  const networks = `${cluster.networks.length} networks`;
  return `${hosts.length} nodes, ${networks}, ${cluster.services.length} services, ${interval / 1_000}/${timeout / 1_000} ms, ${plan.faults.length} faults`;
}

function describeFailure(plan: Plan, outcome: Outcome): string {
  const { violation } = outcome;
  if (violation === undefined) return `seed ${plan.seed}: nothing wrong (${describe(plan)})`;
  const at = (violation.at / 1_000_000).toFixed(3);
  return `seed ${plan.seed}: rule "${violation.rule}" broken at ${at} s: ${violation.message} (${describe(plan)})`;
}

/** The end of the trace, as far back as is asked for. */
function printTrace(outcome: Outcome, seconds: number): void {
  const end = (outcome.violation?.at ?? 0) / 1_000_000;
  for (const line of outcome.trace) if (Number(line.slice(0, 11)) >= end - seconds) say(line);
}

function runOne(seed: number): number {
  let plan = drawPlan(seed, minutes);
  const traced = values.trace !== undefined;
  let outcome = run(plan, { makeCore, traced: traced && !values.shrink });
  if (values.shrink && outcome.violation !== undefined) {
    plan = shrink(plan, outcome.violation.rule, makeCore);
    outcome = run(plan, { makeCore, traced });
    for (const fault of plan.faults) say(JSON.stringify({ ...fault, trouble: withoutFile(fault.trouble) }));
  }
  if (traced) printTrace(outcome, Number(values.trace) || TRACE_SECONDS);
  say(describeFailure(plan, outcome));
  return outcome.violation === undefined ? 0 : 1;
}

const withoutFile = (trouble: object): object => ({ ...trouble, cluster: undefined });

interface Tally {
  done: number;
  failures: number;
  occurrences: number;
  readonly marks: Map<string, number>;
}

function runMany(from: number, count: number): number {
  const tally: Tally = { done: 0, failures: 0, occurrences: 0, marks: new Map() };
  const began = performance.now();
  let saidAt = began;
  for (let seed = from; seed < from + count; seed += 1) {
    const plan = drawPlan(seed, minutes);
    const outcome = run(plan, { makeCore });
    tally.done += 1;
    tally.occurrences += outcome.occurrences;
    for (const [mark, times] of outcome.marks) tally.marks.set(mark, (tally.marks.get(mark) ?? 0) + times);
    if (outcome.violation !== undefined) {
      tally.failures += 1;
      say(describeFailure(plan, outcome));
      if (!values["keep-going"]) break;
    }
    if (!process.stderr.isTTY || performance.now() - saidAt < PROGRESS_MS) continue;
    saidAt = performance.now();
    process.stderr.write(`\r${progress(tally, count, began)} `);
  }
  say(`\r${progress(tally, count, began)}`);
  if (values.marks) for (const [mark, times] of [...tally.marks].sort()) say(`${String(times).padStart(10)} ${mark}`);
  if (tally.failures > 0) say("See one with: npm run sim -- --seed SEED --trace 2 --shrink");
  return tally.failures === 0 ? 0 : 1;
}

function progress(tally: Tally, count: number, began: number): string {
  const spent = (performance.now() - began) / 1_000;
  const rate = Math.round(tally.occurrences / spent / 1_000);
  return `${tally.done} of ${count} seeds, ${tally.failures} failed, ${spent.toFixed(0)} s, ${rate}k events/s`;
}

const status =
  values.seed === undefined ? runMany(Number(values.from), Number(values.seeds)) : runOne(Number(values.seed));
process.exitCode = status;
