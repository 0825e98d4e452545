/** `locum check`: everything that can be found wrong before it hurts. Changes nothing. */
import type { Result } from "../base/result.js";
import type { Cluster } from "../model/cluster.js";
import { checkMachine, commandProblems, machineUnnamed, secretProblem } from "../model/configuration/machine-check.js";
import { clusterAdvice } from "../model/configuration/cluster-advice.js";
import { type CheckProblem, type PlacedProblem, placeProblem } from "../model/configuration/check-problem.js";
import type { MachineFacts } from "../model/configuration/machine-facts.js";
import { type AddressPlace, addressPlaces } from "../model/configuration/machine-services.js";
import type { ClusterSource } from "../model/configuration/parse-cluster.js";
import { type ConfigurationProblem, byPlace } from "../model/configuration/problem.js";
import { type StartingPlace, withoutPlace } from "../model/configuration/starting-place.js";
import type { Eligibility } from "../model/eligibility.js";
import type { KernelSnapshot } from "../model/kernel.js";
import { type NodeName, nodeName } from "../model/names.js";
import type { ProgramChange } from "../model/reload.js";
import { type PlaceDocument, placeDocument } from "../model/status-document-explain.js";
import { checkJson } from "./check-json.js";
import { problemsText } from "./check-problem-text.js";
import { summaryText } from "./check-summary.js";
import type { CommandResult } from "./command-result.js";

export interface CheckOptions {
  readonly config: string;
  /** Undefined: the node whose name is the host name, if there is one. */
  readonly node: string | undefined;
  readonly json: boolean;
}

/** What the check needs of the machine. */
export interface CheckPorts {
  readText(path: string): Result<string, ConfigurationProblem>;
  /** What is wrong with who can change the file. */
  openness(path: string): readonly CheckProblem[];
  parse(text: string, path: string): Result<ClusterSource, readonly ConfigurationProblem[]>;
  /** As much of a text as can be read although it has problems. */
  readable(text: string, path: string): ClusterSource | undefined;
  hostName(): string;
  facts(cluster: Cluster, node: NodeName): MachineFacts;
  /** The number of keys in the secret file. */
  secret(file: string): MachineFacts["secret"];
  /** Whether the addresses of the machine's path groups could go to the other path, check by check. */
  outlook(cluster: Cluster, node: NodeName, kernel: KernelSnapshot): readonly Eligibility[];
  /** Where each service goes when all nodes start together, as the agents decide it. */
  start(cluster: Cluster): readonly StartingPlace[];
  /** What the agent here would do to its programs when it reads the file; undefined: there is none, or one of another cluster. */
  reload(cluster: Cluster): ReloadPreview | undefined;
}

export interface ReloadPreview {
  /** Whose agent it is. */
  readonly node: string;
  /** It goes by this file already. */
  readonly isInForce: boolean;
  /** What becomes of those that run. */
  readonly programs: readonly ProgramChange[];
}

/** What was found; `cluster` is undefined where the file has no meaning yet. */
export interface CheckReport {
  readonly file: string;
  readonly problems: readonly PlacedProblem[];
  readonly cluster: Cluster | undefined;
  /** The node that the machine was checked as; undefined: only the file was. */
  readonly node: NodeName | undefined;
  readonly hostName: string;
  readonly places: readonly AddressPlace[];
  /** Where the addresses of path groups could go from where they are. */
  readonly moves: readonly PlaceDocument[];
  readonly start: readonly StartingPlace[];
  readonly reload: ReloadPreview | undefined;
}

export function check(options: CheckOptions, ports: CheckPorts): CommandResult {
  const text = ports.readText(options.config);
  const report = text.ok ? checkText(text.value, options, ports) : fileReport([text.problem], options, ports);
  const exitCode = report.problems.some(({ severity }) => severity === "error") ? 2 : 0;
  if (options.json) return { exitCode, stdout: `${JSON.stringify(checkJson(report), null, 2)}\n`, stderr: "" };
  const stderr = problemsText(report, text.ok ? text.value : "");
  return { exitCode, stdout: exitCode === 0 ? summaryText(report) : "", stderr };
}

function checkText(text: string, options: CheckOptions, ports: CheckPorts): CheckReport {
  const source = ports.parse(text, options.config);
  if (source.ok) return checkSource(source.value, options, ports);
  const report = fileReport(source.problem, options, ports);
  const readable = ports.readable(text, options.config);
  if (readable === undefined) return report;
  return { ...report, problems: [...report.problems, ...lacking(readable, options, ports)].toSorted(byPlace) };
}

/** Errors of the machine that do not follow from those of the file: who mends these would meet them next. */
function lacking({ cluster, top }: ClusterSource, options: CheckOptions, ports: CheckPorts): readonly PlacedProblem[] {
  const node = nodeToCheck(cluster, options.node, ports.hostName());
  const config = cluster.nodes.find(({ name }) => name === node);
  if (config === undefined) return [];
  return commandProblems(cluster, config, ports.facts(cluster, config.name))
    .filter(({ severity }) => severity === "error")
    .map((problem) => placeProblem(problem, top));
}

const fileReport = (
  problems: readonly ConfigurationProblem[],
  { config }: CheckOptions,
  ports: CheckPorts,
): CheckReport => ({
  file: config,
  problems: problems.map((problem) => ({ ...problem, severity: "error" })),
  cluster: undefined,
  node: undefined,
  hostName: ports.hostName(),
  places: [],
  moves: [],
  start: [],
  reload: undefined,
});

function checkSource({ cluster, top }: ClusterSource, options: CheckOptions, ports: CheckPorts): CheckReport {
  const hostName = ports.hostName();
  const node = nodeToCheck(cluster, options.node, hostName);
  const facts = node === undefined ? undefined : ports.facts(cluster, node);
  const ofMachine =
    node === undefined || facts === undefined
      ? [...machineUnnamed(cluster, hostName), ...secretProblems(cluster, ports)]
      : checkMachine(cluster, node, facts);
  const start = ports.start(cluster);
  const ofFile = ports.openness(options.config);
  const problems = [...ofFile, ...ofMachine, ...clusterAdvice(cluster), ...withoutPlace(start)]
    .map((problem) => placeProblem(problem, top))
    .toSorted(byPlace);
  const config = cluster.nodes.find(({ name }) => name === node);
  const kernel = facts?.kernel.ok === true ? facts.kernel.value : undefined;
  const places = config === undefined || kernel === undefined ? [] : addressPlaces({ cluster, config, kernel });
  const outlook = node === undefined || kernel === undefined ? [] : ports.outlook(cluster, node, kernel);
  const moves = outlook.map((each) => placeDocument({ ...each, isHere: false }));
  const reload = ports.reload(cluster);
  return { file: options.config, problems, cluster, node, hostName, places, moves, start, reload };
}

/** A machine that is no node may have no secret, or one that is not for every user. */
const NOT_OF_A_NODE: ReadonlySet<string> = new Set(["secret.missing", "secret.refused"]);

function secretProblems({ secretFile }: Cluster, ports: CheckPorts): readonly CheckProblem[] {
  const secret = ports.secret(secretFile);
  return secret.ok || NOT_OF_A_NODE.has(secret.problem.code) ? [] : [secretProblem(secret.problem)];
}

function nodeToCheck(cluster: Cluster, wanted: string | undefined, hostName: string): NodeName | undefined {
  if (wanted !== undefined) return nodeName(wanted);
  return cluster.nodes.find(({ name }) => name === hostName)?.name;
}
