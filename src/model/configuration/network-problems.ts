/** What is wrong between nodes and networks: who is on which, and who could hear whom. */
import { LIMITS } from "./limits.js";
import type { LocatedNode } from "./located-node.js";
import { type ConfigurationProblem, problemAt, problemAtKey } from "./problem.js";
import type { Membership, Named, Survey } from "./survey.js";

export const networkProblems = (survey: Survey): ConfigurationProblem[] => [
  ...tooFewNodes(survey),
  ...nodesWithoutNetwork(survey),
  ...lonelyNetworks(survey),
  ...unusedNetworks(survey),
  ...mixedFamilies(survey),
  ...disconnectedNodes(survey),
];

/** The node's map of networks, when it has the form of one. */
const networksOf = ({ entry }: Named): LocatedNode | undefined => {
  const networks = entry.children.get("networks");
  return typeof networks?.value === "object" && networks.value !== null ? networks : undefined;
};

function tooFewNodes({ top, nodes }: Survey): ConfigurationProblem[] {
  const entry = top.children.get("nodes");
  const count = entry?.children.size ?? 0;
  if (entry === undefined || typeof entry.value !== "object" || entry.value === null || count >= 2) return [];
  const [only] = nodes;
  return [
    problemAtKey(entry, {
      code: "too-few",
      message: only === undefined ? "The cluster has no nodes" : `The cluster has only the node "${only.name}"`,
      advice: "Add at least a second node, so that there is one to take over",
    }),
  ];
}

const nodesWithoutNetwork = ({ nodes }: Survey): ConfigurationProblem[] =>
  nodes
    .filter((node) => networksOf(node)?.children.size === 0)
    .map(({ name, entry }) =>
      problemAtKey(entry, {
        code: "too-few",
        message: `The node "${name}" is on no network`,
        advice: "Add its address on each network that connects it: networks: { a: 10.1.1.1 }",
      }),
    );

const lonelyNetworks = ({ nodes, memberships }: Survey): ConfigurationProblem[] =>
  nodes.length < 2
    ? []
    : [...byNetwork(memberships).values()]
        .filter((members) => new Set(members.map(({ node }) => node)).size === 1)
        .flatMap((members) => members.slice(0, 1))
        .map(({ node, network, entry }) =>
          problemAtKey(entry, {
            code: "lonely-network",
            message: `Only the node "${node}" is on network "${network}"`,
            advice: "Give the other nodes their addresses on it, correct its name, or remove it",
          }),
        );

function unusedNetworks({ networks, memberships, nodes }: Survey): ConfigurationProblem[] {
  const used = new Set(memberships.map(({ network }) => network));
  return networks
    .filter(({ name }) => nodes.length > 0 && !used.has(name))
    .map(({ name, entry }) =>
      problemAtKey(entry, {
        code: "unused-network",
        message: `No node is on network "${name}"`,
        advice: "Correct its name, or remove it here",
      }),
    );
}

function mixedFamilies({ memberships }: Survey): ConfigurationProblem[] {
  return [...byNetwork(memberships).values()].flatMap((members) => {
    const known = members.filter(({ family }) => family !== undefined);
    const [first] = known;
    const odd = known.find(({ family }) => family !== first?.family);
    if (first === undefined || odd === undefined) return [];
    return [
      problemAt(odd.entry, {
        code: "mixed-families",
        message: `On network "${odd.network}" node "${odd.node}" has an IPv${odd.family} address, node "${first.node}" an IPv${first.family} address`,
        advice: "Use one family on a network; a second network can have the other",
      }),
    ];
  });
}

/** Two nodes that share no network can agree on nothing. */
function disconnectedNodes({ nodes, memberships }: Survey): ConfigurationProblem[] {
  const networksOfNode = new Map<string, Set<string>>();
  for (const { node, network } of memberships) {
    networksOfNode.set(node, (networksOfNode.get(node) ?? new Set()).add(network));
  }
  const placed = nodes.filter(({ name }) => networksOfNode.has(name)).slice(0, LIMITS.nodes);
  return placed.flatMap((node, index) => {
    const own = networksOfNode.get(node.name) ?? new Set();
    const strange = placed
      .slice(0, index)
      .find((other) => ![...(networksOfNode.get(other.name) ?? [])].some((network) => own.has(network)));
    if (strange === undefined) return [];
    return [
      problemAtKey(node.entry, {
        code: "disconnected-nodes",
        message: `The nodes "${strange.name}" and "${node.name}" have no network in common`,
        advice: "Put both on one network: nodes that cannot talk cannot agree who holds a service",
      }),
    ];
  });
}

function byNetwork(memberships: readonly Membership[]): Map<string, Membership[]> {
  const groups = new Map<string, Membership[]>();
  for (const membership of memberships) {
    const group = groups.get(membership.network);
    if (group === undefined) groups.set(membership.network, [membership]);
    else group.push(membership);
  }
  return groups;
}
