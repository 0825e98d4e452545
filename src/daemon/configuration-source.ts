import { ok, refused, type Result } from "../base/result.js";
import type { Cluster } from "../model/cluster.js";
import { placeProblem, type CheckProblem, type PlacedProblem } from "../model/configuration/check-problem.js";
import { clusterAdvice } from "../model/configuration/cluster-advice.js";
import { fileAccessProblems } from "../model/configuration/file-access.js";
import { checkMachine } from "../model/configuration/machine-check.js";
import type { MachineFacts } from "../model/configuration/machine-facts.js";
import type { ClusterSource } from "../model/configuration/parse-cluster.js";
import type { ConfigurationProblem } from "../model/configuration/problem.js";
import { nodeName, type NodeName, serviceName } from "../model/names.js";
import { programName } from "../model/program.js";
import type { StartFault } from "../model/reload.js";
import { configurationPlace, parseConfigurationText, readConfigurationText } from "../os/node/configuration-file.js";
import { readSecretFile } from "../os/node/secret-file.js";
import { factsOfThisMachine } from "../os/this-machine.js";

/** All that the agent takes from files: read whole, checked whole, used whole. */
export interface Configuration {
  readonly cluster: Cluster;
  readonly self: NodeName;
  /** The first seals, all open. */
  readonly secrets: readonly Uint8Array[];
  /** What of the machine is not as the file has it, and may come right by itself. */
  readonly warnings: readonly PlacedProblem[];
  /** Programs that could not start here. An agent that starts serves the rest; for one that runs, they may be a mistake. */
  readonly faults: readonly StartFault[];
}

/** Why a configuration can't be used, with the text that the places point into. */
export interface ConfigurationRefusal {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly PlacedProblem[];
  /** A good file that only lacks this node: for an agent that runs, the word to end. */
  readonly withoutNode?: Cluster;
}

export type GatherFacts = (cluster: Cluster, self: NodeName) => MachineFacts;

/** Reads the cluster file and the secret that it names, and looks whether they fit the machine. */
export function readConfiguration(
  file: string,
  node: string,
  gatherFacts: GatherFacts = factsOfThisMachine,
): Result<Configuration, ConfigurationRefusal> {
  const read = readConfigurationText(file);
  if (!read.ok) return refused({ file, text: "", problems: asErrors([read.problem]) });
  const text = read.value;
  const source = parseConfigurationText(text, file);
  if (!source.ok) return refused({ file, text, problems: asErrors(source.problem) });
  const configuration = fit(source.value, nodeName(node), gatherFacts);
  if (configuration.ok) {
    const open = fileAccessProblems(configurationPlace(file), process.geteuid?.() ?? 0);
    const warnings = open.map((problem) => placeProblem(problem, source.value.top));
    return ok({ ...configuration.value, warnings: [...warnings, ...configuration.value.warnings] });
  }
  const refusal = { file, text, problems: configuration.problem };
  const { cluster } = source.value;
  return refused(cluster.nodes.some(({ name }) => name === node) ? refusal : { ...refusal, withoutNode: cluster });
}

/** Why the file is not used, in words that follow a colon: the first thing that is wrong with it. */
export function refusalText({ file, problems }: ConfigurationRefusal): string {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return `${file} has errors: ${first?.message ?? "it does not fit this machine"}${more}; the one before it stays in force`;
}

const asErrors = (problems: readonly ConfigurationProblem[]): readonly PlacedProblem[] =>
  problems.map((problem) => ({ ...problem, severity: "error" }));

function fit(
  { cluster, top }: ClusterSource,
  self: NodeName,
  gatherFacts: GatherFacts,
): Result<Configuration, readonly PlacedProblem[]> {
  const problems = checkMachine(cluster, self, gatherFacts(cluster, self));
  const hasPaths = cluster.nodes.some(({ name, paths }) => name === self && paths.length > 0);
  const mistakes = problems.filter(isMistake(problems, hasPaths));
  const secrets = readSecretFile(cluster.secretFile);
  if (mistakes.length > 0 || !secrets.ok) return refused(mistakes.map((problem) => placeProblem(problem, top)));
  const warnings = [...problems, ...clusterAdvice(cluster)].map((problem) => ({
    ...placeProblem(problem, top),
    severity: "warning" as const,
  }));
  return ok({ cluster, self, secrets: secrets.value, warnings, faults: problems.flatMap(startFault) });
}

/** An error about a program is always one that keeps it from starting. */
function startFault({ severity, path, message, advice }: CheckProblem): readonly StartFault[] {
  const [services, service, programs, program] = path;
  if (severity !== "error" || services !== "services" || programs !== "programs") return [];
  const id = { service: serviceName(String(service)), program: programName(String(program)) };
  return [{ ...id, problem: message, advice }];
}

/** What a machine that is still starting, or has lost an interface, has wrong and may have right a moment later. */
const PASSING: ReadonlySet<CheckProblem["code"]> = new Set<CheckProblem["code"]>([
  "network-address-missing",
  "network-address-refused",
  "kernel-unreadable",
]);
/** What may follow from the former: a mistake in the file only where the machine is otherwise as the file has it. */
const FOLLOWING: ReadonlySet<CheckProblem["code"]> = new Set<CheckProblem["code"]>([
  "no-interface-in-subnet",
  "interface-missing",
]);

/** With these, the node is unfit for one service, or says less: it finds that itself, and can serve the others. */
const OF_A_PART: ReadonlySet<CheckProblem["code"]> = new Set<CheckProblem["code"]>([
  "executable-missing",
  "directory-missing",
  "hook-file-unusable",
  "user-missing",
  "unit-missing",
  "unit-masked",
  "systemd-missing",
  "agent-missing",
  "agent-parameter-missing",
]);

/** @param hasPaths an agent that died while addresses changed interfaces has what is missing on record */
function isMistake(all: readonly CheckProblem[], hasPaths: boolean): (problem: CheckProblem) => boolean {
  const isPassing = hasPaths || all.some(({ code }) => PASSING.has(code));
  return ({ code, severity }) => {
    if (severity === "warning" || PASSING.has(code) || OF_A_PART.has(code)) return false;
    return !(isPassing && FOLLOWING.has(code));
  };
}
