/** Whether a machine has what rules, checks, hooks and fencing need there: their commands and files. */
import type { Cluster, NodeConfig } from "../cluster.js";
import { type CheckConfig, runsOn } from "../errand.js";
import type { FenceMethod } from "../fencing.js";
import type { CheckProblem } from "./check-problem.js";
import type { MachineFacts } from "./machine-facts.js";
import { executableProblem, type NamedCommand } from "./machine-programs.js";

export const machineErrandProblems = (cluster: Cluster, node: NodeConfig, facts: MachineFacts): CheckProblem[] => [
  ...errandCommandsOn(cluster, node).flatMap((command) => executableProblem(command, facts.programs)),
  ...errandFilesOn(cluster, node).flatMap((file) => fileProblem(file, facts)),
];

/** Every command of rules, checks, hooks and fencing that may run on the node. */
export function errandCommandsOn(cluster: Cluster, node: NodeConfig): readonly NamedCommand[] {
  const { rules = [], checks = [], hooks = [] } = cluster;
  const runsHere = (each: Pick<CheckConfig, "nodes">): boolean => runsOn(each, node.name);
  return [
    ...rules.flatMap(({ name, actions }) =>
      actions.flatMap((action, index) =>
        action.kind === "run" ? commandAt(["rules", name, "do", index, "run"], action.command) : [],
      ),
    ),
    ...checks.filter(runsHere).flatMap(({ name, command }) => commandAt(["checks", name, "run"], command)),
    ...hooks
      .filter(runsHere)
      .flatMap(({ name, target }) =>
        target.kind === "command" ? commandAt(["notify", name, "run"], target.command) : [],
      ),
    ...methodsOn(cluster, node).flatMap(({ path, method: { command, speech } }): readonly NamedCommand[] => {
      const [executable = ""] = command;
      return speech.kind === "json" ? commandAt([...path, "run"], command) : [{ path: [...path, "agent"], executable }];
    }),
  ];
}

interface PlacedMethod {
  readonly path: CheckProblem["path"];
  readonly method: FenceMethod;
}

/** Methods to fence others that can be used on the node; those for all nodes once. */
function methodsOn({ nodes }: Cluster, node: NodeConfig): readonly PlacedMethod[] {
  const found = nodes
    .filter(({ name }) => name !== node.name)
    .flatMap(({ name, fence }) =>
      (fence?.methods ?? []).map((method, index) => {
        const section = fence?.origin === "node" ? ["nodes", name, "fence"] : ["fence"];
        return { path: [...section, "methods", index], method };
      }),
    );
  const isUsed = ({ method }: PlacedMethod): boolean => runsOn(method, node.name);
  return found.filter(
    (each, at) => isUsed(each) && found.findIndex(({ path }) => String(path) === String(each.path)) === at,
  );
}

/** A file that a hook or a method of fencing cannot do without, and what it is there for. */
export interface ErrandFile {
  readonly path: CheckProblem["path"];
  readonly file: string;
  readonly use: "secretFile" | "caFile" | "credentials";
}

export const errandFilesOn = (cluster: Cluster, node: NodeConfig): readonly ErrandFile[] => [
  ...hookFilesOn(cluster, node),
  ...methodsOn(cluster, node).flatMap(({ path, method: { secretFile: file } }): readonly ErrandFile[] =>
    file === undefined ? [] : [{ path: [...path, "secretFile"], file, use: "credentials" }],
  ),
];

const hookFilesOn = ({ hooks = [] }: Cluster, node: NodeConfig): readonly ErrandFile[] =>
  hooks
    .filter((hook) => runsOn(hook, node.name))
    .flatMap(({ name, target }) =>
      (["secretFile", "caFile"] as const).flatMap((use) => {
        const file = target.kind === "web" ? target[use] : undefined;
        return file === undefined ? [] : [{ path: ["notify", name, use], file, use }];
      }),
    );

function commandAt(path: CheckProblem["path"], [executable]: readonly string[]): readonly NamedCommand[] {
  return executable === undefined ? [] : [{ path: [...path, 0], executable }];
}

function fileProblem({ path, file, use }: ErrandFile, { errandFiles }: MachineFacts): CheckProblem[] {
  const problem = errandFiles.get(file);
  if (problem === undefined) return [];
  if (use === "credentials") {
    return [
      {
        code: "fence-file-unusable",
        severity: "error",
        path,
        message: `${file} cannot be used to fence on this machine: ${problem}`,
        advice: "Make it, with lines such as `password=secret`, for root only (mode 0600), or correct the path",
      },
    ];
  }
  const what = use === "secretFile" ? "sign the messages of a hook" : "tell which servers a hook trusts";
  return [
    {
      code: "hook-file-unusable",
      severity: "error",
      path,
      message: `${file} cannot ${what} on this machine: ${problem}`,
      advice:
        use === "secretFile" ? "Make it, for its owner only (mode 0600), or correct the path" : "Correct the path",
    },
  ];
}
