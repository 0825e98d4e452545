import { EXIT } from "../../cli/exit-code.js";
import { problemsText } from "../../cli/check-problem-text.js";
import { finish, layoutOfOutput, print, printJson } from "../../cli/output.js";
import { refused } from "../../base/result.js";
import type { Cluster } from "../../model/cluster.js";
import { parseConfigurationText, readConfigurationText } from "../../os/node/configuration-file.js";
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
  const cluster = readCluster(config);
  if (cluster === undefined) return;
  const faults: readonly Fault[] = fault.map((text) => parseFault(text, cluster));
  const steps = whatIf(cluster, faults);
  if (json === true) printJson({ cluster: cluster.name, steps: steps.map(stepJson) });
  else print(simulationLines(steps, layoutOfOutput()));
}

/** The cluster of a file; undefined when it is wrong, which then was said as `locum check` says it. */
function readCluster(file: string): Cluster | undefined {
  const text = readConfigurationText(file);
  const source = text.ok ? parseConfigurationText(text.value, file) : refused([text.problem]);
  if (source.ok) return source.value.cluster;
  const problems = source.problem.map((problem) => ({ ...problem, severity: "error" as const }));
  finish({ exitCode: EXIT.usage, stdout: "", stderr: problemsText({ file, problems }, text.ok ? text.value : "") });
  return undefined;
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
  services: Object.fromEntries(
    step.outcomes.map((outcome) => {
      const { service, before, after, reason, candidates, notSimulated } = outcome;
      const why = { reason: whyText(outcome, step), reasonCode: reason?.kind ?? null };
      return [service, { before, after, ...why, candidates, notSimulated }];
    }),
  ),
});
