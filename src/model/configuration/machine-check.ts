/**
 * What would keep a good cluster file from working on one machine, from facts about that machine: its own addresses, an
 * interface for each service address, the secret, the port, the rights. For `locum check` and for the agent's start.
 */
import type { Failure } from "../../base/locum-error.js";
import { nearest } from "../../base/nearest.js";
import type { Cluster, NodeConfig } from "../cluster.js";
import type { NodeName } from "../names.js";
import type { CheckProblem } from "./check-problem.js";
import type { MachineFacts, MissingRight, PortUser } from "./machine-facts.js";
import { machineErrandProblems } from "./machine-errands.js";
import { machineHostRouteProblems } from "./machine-host-routes.js";
import { machineNetworkProblems } from "./machine-networks.js";
import { machineProgramProblems } from "./machine-programs.js";
import { machinePathProblems } from "./machine-paths.js";
import { machineServiceProblems } from "./machine-services.js";
import { machineUnitProblems } from "./machine-unit.js";

export function checkMachine(cluster: Cluster, node: NodeName, facts: MachineFacts): readonly CheckProblem[] {
  const config = cluster.nodes.find(({ name }) => name === node);
  if (config === undefined) return [nodeNotInFile(cluster, node)];
  return [
    ...kernelProblems({ cluster, config, facts }),
    ...commandProblems(cluster, config, facts),
    ...(facts.secret.ok ? [] : [secretProblem(facts.secret.problem)]),
    ...facts.portUsers.filter((user) => !isAgent(user)).map((user) => portInUse(user, cluster)),
    ...machineUnitProblems(cluster, config, facts.unit),
    ...facts.missingRights.map((right) => rightMissing(right, facts)),
  ];
}

/** What commands and programs lack here; also of a file with other problems, in which these may be right. */
export const commandProblems = (cluster: Cluster, config: NodeConfig, facts: MachineFacts): readonly CheckProblem[] => [
  ...machineProgramProblems(cluster, config, facts.programs),
  ...machineErrandProblems(cluster, config, facts),
];

/** A node that is not in the file: for a check, and for an agent that is started under a wrong name. */
export function nodeNotInFile(cluster: Cluster, node: string): CheckProblem {
  const names = cluster.nodes.map(({ name }) => name);
  const meant = nodeMeant(cluster, node);
  return {
    code: "node-not-in-file",
    severity: "error",
    path: ["nodes"],
    message: `There is no node "${node}" in the file; there are ${names.join(", ")}`,
    advice: meant === undefined ? "Name one of them with --node, or add this machine" : `Did you mean --node ${meant}?`,
  };
}

/** The node that a name was to be which is none: the same but for its domain, or else one that is written alike. */
function nodeMeant(cluster: Cluster, name: string): NodeName | undefined {
  const alike = (word: string): NodeName | undefined => {
    const meant = nearest(
      word,
      cluster.nodes.map((each) => each.name),
    );
    return cluster.nodes.find((each) => each.name === meant)?.name;
  };
  return sameButForDomain(cluster, name) ?? alike(name) ?? alike(labelOf(name));
}

/** Many machines are called by the whole name of their domain, and as many nodes. */
function sameButForDomain({ nodes }: Cluster, name: string): NodeName | undefined {
  const [same, another] = nodes.filter((each) => labelOf(each.name) === labelOf(name));
  return another === undefined ? same?.name : undefined;
}

const labelOf = (name: string): string => (name.split(".", 1)[0] ?? name).toLowerCase();

/** Only the file was checked, and the machine is called like one of the nodes in another domain. */
export function machineUnnamed(cluster: Cluster, hostName: string): readonly CheckProblem[] {
  const meant = sameButForDomain(cluster, hostName);
  if (meant === undefined) return [];
  return [
    {
      code: "machine-not-checked",
      severity: "warning",
      path: ["nodes"],
      message: `Only the file was checked: this machine is called ${hostName}, and no node is`,
      advice: `Did you mean --node ${meant}? Its agent and \`locum install\` need it too, or the host name ${meant}`,
    },
  ];
}

function kernelProblems({
  cluster,
  config,
  facts,
}: {
  cluster: Cluster;
  config: NodeConfig;
  facts: MachineFacts;
}): CheckProblem[] {
  if (!facts.kernel.ok) return [kernelUnreadable(facts.kernel.problem)];
  const kernel = facts.kernel.value;
  return [
    ...machineNetworkProblems({ cluster, config, kernel }),
    ...machinePathProblems({ cluster, config, kernel }),
    ...machineServiceProblems({ cluster, config, kernel }),
    ...machineHostRouteProblems({ cluster, config, kernel }),
  ];
}

const kernelUnreadable = (problem: string): CheckProblem => ({
  code: "kernel-unreadable",
  severity: "error",
  path: ["nodes"],
  message: `Cannot read the interfaces of this machine: ${problem}`,
  advice: "Run the check on a Linux machine, outside of a sandbox",
});

/** Why the secret file cannot be used, as a problem of the key that names it. */
export const secretProblem = ({ code, message, advice = "Make one with `locum keygen`" }: Failure): CheckProblem => ({
  code: `secret.${code.replace(/^secret\./, "")}`,
  severity: "error",
  path: ["secretFile"],
  message,
  advice,
});

/** An agent that already runs here may have its port. */
const isAgent = ({ program }: PortUser): boolean => /\blocum\b.*\bagent\b/.test(program?.commandLine ?? "");

function portInUse({ protocol, address, program }: PortUser, { port }: Cluster): CheckProblem {
  const who =
    program === undefined
      ? "another program"
      : `${program.commandLine.split(" ", 1)[0]} (process ${program.processId})`;
  return {
    code: "port-in-use",
    severity: program === undefined ? "warning" : "error",
    path: ["port"],
    message: `${protocol.toUpperCase()} port ${port} on ${address} is in use by ${who}`,
    advice:
      program === undefined
        ? "If that is not the agent: stop it, or choose another port, on all nodes. Root sees which program it is"
        : "Stop that program, or choose another port, on all nodes",
  };
}

/** Root without a right is in a container or unit that took it; any other user may not be the one that runs the agent. */
function rightMissing({ capability, purpose, isVital }: MissingRight, { isRoot }: MachineFacts): CheckProblem {
  return {
    code: "right-missing",
    severity: isVital && isRoot ? "error" : "warning",
    path: [],
    message: `This ${isRoot ? "root" : "user"} may not ${purpose}: ${capability} is missing`,
    advice: isRoot
      ? `Give the container or unit ${capability}`
      : "Run the agent as root, or by the unit that `locum install` writes",
  };
}
