import { layoutOfOutput, print, printJson } from "../../cli/output.js";
import { clusterOfFile } from "../cluster-of-file.js";
import { type Fault, faultText, parseFault } from "./fault.js";
import { simulationLines, whyText } from "./simulate-text.js";
import { type Step, whatIf } from "./what-if.js";

export interface SimulateFlags {
  readonly config: string;
  readonly fault?: readonly string[];
  readonly json?: true;
}

/** Reads the file, plays the faults, prints what comes of them. */
export function simulate({ config, fault = [], json }: SimulateFlags): void {
  const cluster = clusterOfFile(config);
  if (cluster === undefined) return;
  const faults: readonly Fault[] = fault.map((text) => parseFault(text, cluster));
  const steps = whatIf(cluster, faults);
  if (json === true) printJson({ cluster: cluster.name, steps: steps.map(stepJson) });
  else print(simulationLines(steps, layoutOfOutput()));
}

const stepJson = (step: Step): Record<string, unknown> => ({
  fault: step.fault === undefined ? null : faultText(step.fault),
  groups: step.groups,
  rules: step.rules.map(({ node, note }) => ({
    node,
    rule: note.rule,
    about: note.about ?? null,
    actions: note.actions,
  })),
  refused: step.refused.map(({ node, note: { rule, about, problem } }) => ({
    node,
    rule,
    about: about ?? null,
    problem,
  })),
  broken: step.broken.map(({ node, finding: { rule, about, problem } }) => ({
    node,
    rule,
    about: about ?? null,
    problem,
  })),
  services: Object.fromEntries(
    step.outcomes.map((outcome) => {
      const { service, before, after, reason, candidates, notSimulated } = outcome;
      const why = { reason: whyText(outcome, step), reasonCode: reason?.kind ?? null };
      return [service, { before, after, ...why, candidates, notSimulated }];
    }),
  ),
});
