/* What a node costs that serves many programs, each with a TCP check once a second. */
import { setTimeout as pause } from "node:timers/promises";
import { startTcpEcho } from "../lab/measure.js";
import { Trial } from "../src/main/trial/trial.js";
import { usageOfNode } from "./node-usage.js";

export interface SupervisedCost {
  readonly programs: number;
  /** Agent, guard and program host, in per cent of one core. */
  readonly cpu: number;
  readonly pssMb: number;
}

const NODE = "web1";
const PORT = 7100;
const PROGRAMS_PER_SERVICE = 25;
/** The engine compiles what turns out to be used often in its first minute. */
const SETTLE_MS = 60_000;

/** All programs are checked at one listener, whose cost is not Locum's. @param programs a multiple of 25 */
export async function measureSupervised(programs: number, span: number): Promise<SupervisedCost> {
  const services = Array.from({ length: programs / PROGRAMS_PER_SERVICE }, (_, index) => serviceText(index)).join("");
  const trial = await Trial.open({ nodes: 2, services });
  try {
    await startTcpEcho(trial.host(NODE), PORT);
    await trial.startAgents();
    await trial.until(NODE, (status) => Object.values(status.services).every(({ state }) => state === "active"));
    await pause(SETTLE_MS);
    const before = usageOfNode(trial, NODE);
    await pause(span * 1_000);
    const after = usageOfNode(trial, NODE);
    return { programs, cpu: (after.cpuMs - before.cpuMs) / (span * 10), pssMb: after.pssMb };
  } finally {
    await trial.close();
  }
}

function serviceText(index: number): string {
  const program = (count: number): string =>
    `      p${count}: { run: [/bin/sleep, infinity], health: { tcp: ${PORT}, interval: 1s, timeout: 300ms } }\n`;
  const programs = Array.from({ length: PROGRAMS_PER_SERVICE }, (_, count) => program(count)).join("");
  return `  many${index}:\n    nodes: [${NODE}]\n    programs:\n${programs}`;
}
