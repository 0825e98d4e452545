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
  let faults = plan.faults;
  let runs = 0;
  const breaks = (fewer: readonly Fault[]): boolean => {
    runs += 1;
    return run({ ...plan, faults: fewer }, { makeCore }).violation?.rule === rule;
  };
  for (let size = Math.ceil(faults.length / 2); size >= 1 && runs < RUNS_MAX; size = nextSize(size)) {
    for (let from = 0; from < faults.length && runs < RUNS_MAX;) {
      const fewer = [...faults.slice(0, from), ...faults.slice(from + size)];
      if (breaks(fewer)) faults = fewer;
      else from += size;
    }
  }
  return { ...plan, faults };
}

const nextSize = (size: number): number => (size === 1 ? 0 : Math.ceil(size / 2));
