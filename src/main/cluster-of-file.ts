import { refused, type Result } from "../base/result.js";
import { EXIT } from "../cli/exit-code.js";
import { problemsText } from "../cli/check-problem-text.js";
import { finish } from "../cli/output.js";
import type { Cluster } from "../model/cluster.js";
import type { ConfigurationProblem } from "../model/configuration/problem.js";
import { parseConfigurationText, readConfigurationText } from "../os/node/configuration-file.js";

/** The cluster of a file; undefined when it is wrong, which then was said as `locum check` says it. */
export function clusterOfFile(file: string): Cluster | undefined {
  const text = readConfigurationText(file);
  return clusterOfText(file, text);
}

/** The same of a file that was read before. */
export function clusterOfText(file: string, text: Result<string, ConfigurationProblem>): Cluster | undefined {
  const source = text.ok ? parseConfigurationText(text.value, file) : refused([text.problem]);
  if (source.ok) return source.value.cluster;
  const problems = source.problem.map((problem) => ({ ...problem, severity: "error" as const }));
  finish({ exitCode: EXIT.usage, stdout: "", stderr: problemsText({ file, problems }, text.ok ? text.value : "") });
  return undefined;
}
