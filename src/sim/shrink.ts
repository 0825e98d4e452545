import type { CoreFactory } from "./agent.js";
import type { Fault, Plan } from "./plan.js";
import { run } from "./run.js";

/** Runs that a shrinking may cost. */
const RUNS_MAX = 200;

/**
 * The plan with as few faults as still break the same rule: halves, then quarters, and at last single faults are left
 * out while the rule is still broken.
 */
export function shrink(plan: Plan, rule: string, makeCore: CoreFactory): Plan {
  let runs = 0;
  const breaks = (faults: readonly Fault[]): boolean => {
    if (runs >= RUNS_MAX) return false;
    runs += 1;
    return run({ ...plan, faults }, { makeCore }).violation?.rule === rule;
  };
  let { faults } = plan;
  for (let size = Math.ceil(faults.length / 2); size >= 1; size = nextSize(size)) {
    faults = withoutParts(faults, size, breaks);
  }
  return { ...plan, faults };
}

const nextSize = (size: number): number => (size === 1 ? 0 : Math.ceil(size / 2));

/** Leaves out every part of that size that is not needed. */
function withoutParts(
  faults: readonly Fault[],
  size: number,
  breaks: (faults: readonly Fault[]) => boolean,
): readonly Fault[] {
  let kept = faults;
  let from = 0;
  while (from < kept.length) {
    const fewer = kept.toSpliced(from, size);
    if (breaks(fewer)) kept = fewer;
    else from += size;
  }
  return kept;
}
