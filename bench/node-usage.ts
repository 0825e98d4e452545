import type { Trial } from "../src/main/trial/trial.js";
import { processesBeside, usageOf } from "./process-usage.js";

/** What Locum's processes on one node have used together: agent, guard and program host, without the programs. */
export interface NodeUsage {
  readonly cpuMs: number;
  /** Shared pages counted by share, since all three run the same engine. */
  readonly pssMb: number;
}

const HELPERS = ["locum-guard", "locum-program-host"];

export function usageOfNode(trial: Trial, node: string): NodeUsage {
  const { pid } = trial.agent(node);
  const all = [pid, ...HELPERS.flatMap((name) => processesBeside(pid, name))].map(usageOf);
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    pssMb: all.reduce((sum, { pssMb }) => sum + pssMb, 0),
  };
}
