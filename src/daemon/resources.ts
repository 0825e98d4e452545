import { setPriority } from "node:os";
import { describeError, type Failure } from "../base/locum-error.js";
import { lockMemory } from "../os/linux/memory-lock.js";
import { avoidOutOfMemoryKiller } from "../os/linux/out-of-memory.js";

/** Before ordinary programs; the threads that must be quicker raise themselves further. */
const NICENESS = -10;

/**
 * Does what is permitted to keep a busy machine from making this node look dead.
 * @returns what is not permitted.
 */
export function secureResources(): readonly Failure[] {
  return [
    ...refusalOf("lock its memory", lockMemory()),
    ...refusalOf("be spared when memory runs out", avoidOutOfMemoryKiller()),
    ...refusalOf("run before other programs", favour()),
  ];
}

const refusalOf = (purpose: string, problem: string | undefined): readonly Failure[] =>
  problem === undefined
    ? []
    : [{ code: "agent.not-permitted", message: `The agent may not ${purpose} (${problem}): it does without` }];

function favour(): string | undefined {
  try {
    setPriority(NICENESS);
    return undefined;
  } catch (error) {
    return describeError(error);
  }
}
