/** Whether a machine has what rules, checks and hooks need there: their commands, and the files of hooks. */
import type { Cluster, NodeConfig } from "../cluster.js";
import { type CheckConfig, runsOn } from "../errand.js";
import type { CheckProblem } from "./check-problem.js";
import type { MachineFacts } from "./machine-facts.js";
import { executableProblem, type NamedCommand } from "./machine-programs.js";

export const machineErrandProblems = (cluster: Cluster, node: NodeConfig, facts: MachineFacts): CheckProblem[] => [
  ...errandCommandsOn(cluster, node).flatMap((command) => executableProblem(command, facts.programs)),
  ...hookFilesOn(cluster, node).flatMap((file) => fileProblem(file, facts)),
];

/** Every command of rules, checks and hooks that may run on the node. */
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
  ];
}

/** A file that a hook cannot do without, and the key that names it. */
export interface HookFile {
  readonly path: CheckProblem["path"];
  readonly file: string;
  readonly use: "secretFile" | "caFile";
}

export const hookFilesOn = ({ hooks = [] }: Cluster, node: NodeConfig): readonly HookFile[] =>
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

function fileProblem({ path, file, use }: HookFile, { hookFiles }: MachineFacts): CheckProblem[] {
  const problem = hookFiles.get(file);
  if (problem === undefined) return [];
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
