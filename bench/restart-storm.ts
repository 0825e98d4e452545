import { setTimeout as pause } from "node:timers/promises";
import { seconds, inMilliseconds } from "../src/base/time.js";
import { Trial } from "../src/main/trial/trial.js";
import { usageOfNode } from "./node-usage.js";

/** What a program that ends as soon as it is started costs, without what its own processes use. */
export interface StormCost {
  readonly policy: string;
  readonly restartsPerSecond: number;
  /** Agent, guard and program host, in per cent of one core. */
  readonly cpu: number;
}

const SERVICE = "storm";
const NODE = "web1";
/** The first moments of an agent are of other things. */
const SETTLE_MS = inMilliseconds(seconds(10));

/** As in the cluster file; the first is what counts where nothing is said. */
export const STORM_POLICIES: readonly string[] = ["{}", "{ delays: [0s], within: 1ms }"];

/** Lets a program end at once, and each time that its policy has it started again. */
export async function measureStorm(policy: string, span: number): Promise<StormCost> {
  const services = `  ${SERVICE}:
    nodes: [${NODE}]
    programs: { fails: { run: [/bin/false], restart: ${policy} } }\n`;
  const trial = await Trial.open({ nodes: 2, services });
  try {
    await trial.startAgents();
    await pause(SETTLE_MS);
    const before = await look(trial);
    await pause(span * 1_000);
    const after = await look(trial);
    return {
      policy,
      restartsPerSecond: (after.restarts - before.restarts) / span,
      cpu: (after.cpuMs - before.cpuMs) / (span * 10),
    };
  } finally {
    await trial.close();
  }
}

async function look(trial: Trial): Promise<{ readonly restarts: number; readonly cpuMs: number }> {
  const { services } = await trial.client(NODE).status();
  const [program] = services[SERVICE]?.programs ?? [];
  return { restarts: program?.restarts ?? 0, cpuMs: usageOfNode(trial, NODE).cpuMs };
}
