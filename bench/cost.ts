import { setTimeout as pause } from "node:timers/promises";
import { LocumSubject } from "./locum-subject.js";
import { type Usage, processesBeside, usageOf } from "./process-usage.js";
import { median } from "./statistics.js";

/** What one idle agent, its guard included, costs in a cluster of so many nodes, with so many rules. */
export interface Cost {
  readonly profile: string;
  readonly nodes: number;
  readonly rules?: number;
  /** Per cent of one core. */
  readonly cpu: number;
  readonly agentRssMb: number;
  readonly guardRssMb: number;
  readonly pssMb: number;
}

/** In its first minute the engine still compiles what turns out to be used often: an agent that runs for months does not. */
const SETTLE_MS = 60_000;

interface Pair {
  readonly agent: Usage;
  readonly guard: Usage;
}

/** Medians over all agents of a cluster that has nothing to do. */
export async function measureCost(profile: string, nodes: number, rules: number, seconds: number): Promise<Cost> {
  const subject = await LocumSubject.open({ profile, nodes, rules });
  try {
    await pause(SETTLE_MS);
    const before = readAll(subject);
    await pause(seconds * 1_000);
    const after = readAll(subject);
    const cpu = after.map((pair, index) => cpuOf(pair) - cpuOf(before[index] ?? pair));
    return {
      profile,
      nodes,
      rules,
      cpu: median(cpu) / (seconds * 10),
      agentRssMb: median(after.map(({ agent }) => agent.rssMb)),
      guardRssMb: median(after.map(({ guard }) => guard.rssMb)),
      pssMb: median(after.map(({ agent, guard }) => agent.pssMb + guard.pssMb)),
    };
  } finally {
    await subject.close();
  }
}

const cpuOf = ({ agent, guard }: Pair): number => agent.cpuMs + guard.cpuMs;

function readAll({ trial }: LocumSubject): readonly Pair[] {
  return trial.nodes.map((node) => {
    const { pid } = trial.agent(node);
    const [guard] = processesBeside(pid, "guard").filter((other) => other !== pid);
    return { agent: usageOf(pid), guard: guard === undefined ? NOTHING : usageOf(guard) };
  });
}

const NOTHING: Usage = { cpuMs: 0, rssMb: 0, pssMb: 0 };
