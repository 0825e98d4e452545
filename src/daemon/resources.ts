import { setPriority } from "node:os";
import { describeError } from "../base/locum-error.js";
import { avoidOutOfMemoryKiller, lockMemory } from "../os/linux/scheduling.js";
import type { Impairments } from "./impairments.js";

/** Before ordinary programs; the threads that must be quicker raise themselves further. */
const NICENESS = -10;

/** Does what is permitted to keep a busy machine from making this node look dead. */
export function secureResources(impairments: Impairments): void {
  const refusals = [
    refusalOf("lock its memory", lockMemory()),
    refusalOf("be spared when memory runs out", avoidOutOfMemoryKiller()),
    refusalOf("run before other programs", favour()),
  ].filter((refusal) => refusal !== undefined);
  if (refusals.length > 0) impairments.raise("permissions", `the agent may not ${refusals.join(", nor ")}`);
}

const refusalOf = (purpose: string, problem: string | undefined): string | undefined =>
  problem === undefined ? undefined : `${purpose} (${problem})`;

function favour(): string | undefined {
  try {
    setPriority(NICENESS);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}
