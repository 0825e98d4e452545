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

/** While there is no such file, the program lives. */
const FLAG = "/run/storm";

/** Runs the program until it is told to end at once, and each time that its policy has it started again, until `span` seconds are measured. */
export async function measureStorm(policy: string, span: number): Promise<StormCost> {
  const sum: Look = { restarts: 0, cpuMs: 0, atMs: 0 };
  while (sum.atMs < span * 1_000) {
    const { restarts, cpuMs, atMs } = await storm(policy, span * 1_000);
    sum.restarts += restarts;
    sum.cpuMs += cpuMs;
    sum.atMs += atMs;
  }
  return { policy, restartsPerSecond: (sum.restarts * 1_000) / sum.atMs, cpu: (sum.cpuMs * 100) / sum.atMs };
}

/** One storm, which ends when its policy has no more restarts, or after so long. */
async function storm(policy: string, msMax: number): Promise<Look> {
  const trial = await Trial.open({ nodes: 2, services: servicesText(policy) });
  const calm = new AbortController();
  try {
    await trial.startAgents();
    await pause(SETTLE_MS);
    const usedUp = restartsUsedUp(trial, calm.signal);
    const before = await look(trial);
    await trial.host(NODE).run(["touch", FLAG]);
    await Promise.race([usedUp, pause(msMax, undefined, { signal: calm.signal })]);
    const after = await look(trial);
    const [restarts, cpuMs] = [after.restarts - before.restarts, after.cpuMs - before.cpuMs];
    return { restarts, cpuMs, atMs: after.atMs - before.atMs };
  } finally {
    calm.abort();
    await trial.close();
  }
}

const servicesText = (policy: string): string => `  ${SERVICE}:
    nodes: [${NODE}]
    programs:
      fails:
        run: [/bin/sh, -c, "while test ! -e ${FLAG}; do sleep 0.1; done; exit 1"]
        restart: ${policy}\n`;

async function restartsUsedUp(trial: Trial, signal: AbortSignal): Promise<void> {
  for await (const { data } of trial.client(NODE).events({ follow: true, codes: ["program.exited"], signal }))
    if ((data["next"] as { readonly kind?: string } | undefined)?.kind !== "restart") return;
}

interface Look {
  restarts: number;
  cpuMs: number;
  atMs: number;
}

async function look(trial: Trial): Promise<Look> {
  const { services } = await trial.client(NODE).status();
  const [program] = services[SERVICE]?.programs ?? [];
  return { restarts: program?.restarts ?? 0, cpuMs: usageOfNode(trial, NODE).cpuMs, atMs: performance.now() };
}
