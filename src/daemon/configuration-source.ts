import { ok, refused, type Result } from "../base/result.js";
import type { Cluster } from "../model/cluster.js";
import { placeProblem, type CheckProblem, type PlacedProblem } from "../model/configuration/check-problem.js";
import { nodeNotInFile } from "../model/configuration/machine-check.js";
import type { ClusterSource } from "../model/configuration/parse-cluster.js";
import { nodeName, type NodeName } from "../model/names.js";
import { parseConfigurationText, readConfigurationText } from "../os/node/configuration-file.js";
import { readSecretFile } from "../os/node/secret-file.js";

/** All that the agent takes from files: read whole, checked whole, used whole. */
export interface Configuration {
  readonly cluster: Cluster;
  readonly self: NodeName;
  /** The first seals, all open. */
  readonly secrets: readonly Uint8Array[];
}

/** Why a configuration can't be used, with the text that the places point into. */
export interface ConfigurationRefusal {
  readonly file: string;
  readonly text: string;
  readonly problems: readonly PlacedProblem[];
}

/** Reads the cluster file and the secret that it names, or says everything that is wrong with them. */
export function readConfiguration(file: string, node: string): Result<Configuration, ConfigurationRefusal> {
  const read = readConfigurationText(file);
  if (!read.ok) return refused({ file, text: "", problems: [{ ...read.problem, severity: "error" }] });
  const text = read.value;
  const source = parseConfigurationText(text, file);
  if (!source.ok) {
    return refused({ file, text, problems: source.problem.map((problem) => ({ ...problem, severity: "error" })) });
  }
  const used = use(source.value.cluster, node);
  return used.ok ? used : refused({ file, text, problems: used.problem.map((each) => placed(each, source.value)) });
}

function use(cluster: Cluster, node: string): Result<Configuration, readonly CheckProblem[]> {
  const self = nodeName(node);
  if (!cluster.nodes.some(({ name }) => name === self)) return refused([nodeNotInFile(cluster, node)]);
  const secrets = readSecretFile(cluster.secretFile);
  if (secrets.ok) return ok({ cluster, self, secrets: secrets.value });
  const { code, message, advice = "Make one with `locum keygen`" } = secrets.problem;
  return refused([
    { code: `secret.${code.replace(/^secret\./, "")}`, severity: "error", path: ["secretFile"], message, advice },
  ]);
}

const placed = (problem: CheckProblem, { top }: ClusterSource): PlacedProblem => placeProblem(problem, top);
