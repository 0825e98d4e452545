import { Random } from "../base/random.js";
import { drawFaults } from "./fault-workload.js";
import { drawFencingFaults, withFencing } from "./fencing-workload.js";
import { withOwnMacs } from "./own-mac-workload.js";
import { drawPathFaults, withPaths } from "./path-workload.js";
import type { Fault, Plan } from "./plan.js";
import { drawProgramFaults, drawUnansweredProbes, withPrograms } from "./program-workload.js";
import { withRules } from "./rule-workload.js";
import { drawSite } from "./site-workload.js";

const SECOND = 1_000_000;
/** Every agent has started by then, and every service found its holder. */
const FAULTS_FROM = 10 * SECOND;

/** Of so many seeds, one is a world in which nothing ever goes wrong. */
const CALM_EVERY = 8;

/** Everything that a seed stands for, for a world of so many virtual minutes before it is healed. */
export function drawPlan(seed: number, minutes: number): Plan {
  const paired = withPaths(new Random(seed, "paths"), drawSite(new Random(seed, "site")));
  const programmed = withPrograms(new Random(seed, "programs"), paired);
  const site = withFencing(new Random(seed, "fencing"), programmed);
  const isCalm = seed % CALM_EVERY === 0;
  const healAt = FAULTS_FROM + minutes * 60 * SECOND;
  const time = { from: FAULTS_FROM, until: healAt - SECOND };
  const faults: readonly Fault[] = isCalm
    ? []
    : [
        ...drawFaults(new Random(seed, "faults"), site, time),
        ...drawPathFaults(new Random(seed, "path faults"), site, time),
        ...drawProgramFaults(new Random(seed, "program faults"), site, time),
        ...drawUnansweredProbes(new Random(seed, "unanswered probes"), site, time),
        ...drawFencingFaults(new Random(seed, "fencing faults"), site, time),
      ];
  const plan = withOwnMacs(new Random(seed, "own MACs"), { seed, site, faults, healAt, isCalm });
  return withRules(new Random(seed, "rules of the file"), plan, time);
}
