import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import type { Cluster, NodeConfig, NodeNetwork, ServiceAddress, ServiceConfig } from "../cluster.js";
import type { PathGroupConfig } from "../path.js";
import type { CheckProblem } from "./check-problem.js";
import { programAdvice } from "./program-advice.js";
import { ruleAdvice } from "./rule-advice.js";

/** What is allowed, yet seldom meant. */
export const clusterAdvice = (cluster: Cluster): CheckProblem[] => [
  ...singleNetwork(cluster),
  ...mixedUpNetworks(cluster),
  ...singleCandidates(cluster),
  ...unwatchedSubnets(cluster),
  ...crowdedGroups(cluster),
  ...programAdvice(cluster),
  ...ruleAdvice(cluster),
];

function singleNetwork({ networks }: Cluster): CheckProblem[] {
  const [only, ...others] = networks;
  if (only === undefined || others.length > 0) return [];
  return [
    {
      code: "single-network",
      severity: "warning",
      path: ["nodes"],
      message: `All nodes are connected by the network "${only.name}" only`,
      advice: "Add a second one over other cables and switches: with one, a cut cable looks like a dead node",
    },
  ];
}

/** Of two nodes that do not fit each other, the first in the file is named, since nobody knows which one is meant. */
function mixedUpNetworks({ nodes }: Cluster): CheckProblem[] {
  let fitting = nodes;
  return nodes.flatMap((node): CheckProblem[] => {
    const others = fitting.filter((each) => each !== node);
    const problems = node.networks.flatMap((network) => mixedUp(node, network, others));
    if (problems.length > 0) fitting = others;
    return problems;
  });
}

/** An address beside others' of another network, and beside none of its own one: the file does not tell the subnets. */
function mixedUp({ name: node }: NodeConfig, own: NodeNetwork, others: readonly NodeConfig[]): CheckProblem[] {
  const { network, address } = own;
  const addresses = others.flatMap((other) => other.networks.map((each) => ({ node: other.name, ...each })));
  const [there] = addresses.filter((each) => each.network === network);
  const isAlone = !addresses.some((each) => each.network === network && isBeside(each.address, address));
  const beside = addresses.find((each) => each.network !== network && isBeside(each.address, address));
  if (there === undefined || !isAlone || beside === undefined) return [];
  return [
    {
      code: "address-of-other-network",
      severity: "warning",
      path: ["nodes", node, "networks", network],
      message: `"${node}" has ${address} on the network "${network}", where "${there.node}" has ${there.address}; beside it is ${beside.address}, which "${beside.node}" has on "${beside.network}"`,
      advice: "If they were mixed up, correct them: on each network, all nodes must reach each other",
    },
  ];
}

/** How much two addresses of one subnet have in common, as subnets mostly are. */
const BESIDE = { 4: 24, 6: 64 } as const;

function isBeside(text: string, otherText: string): boolean {
  const [one, other] = [parseIpAddress(text), parseIpAddress(otherText)];
  if (one === undefined || other === undefined || one.family !== other.family) return false;
  return sameSubnet(one.bytes, other.bytes, BESIDE[one.family]);
}

const singleCandidates = ({ services }: Cluster): CheckProblem[] =>
  services.flatMap(({ name, nodes }): CheckProblem[] =>
    nodes.length > 1
      ? []
      : [
          {
            code: "single-candidate",
            severity: "warning",
            path: ["services", name, "nodes"],
            message: `The service "${name}" has only the node "${nodes[0] ?? ""}"`,
            advice: "Add a node that can take it over",
          },
        ],
  );

const crowdedGroups = ({ nodes, services }: Cluster): CheckProblem[] =>
  nodes.flatMap((node) => node.paths.flatMap((group) => crowdedGroup(node, group, namingGroup(group, node, services))));

/** How many addresses the services of a node can bring to a group of it by naming it, all at once. */
export const namingGroup = (group: PathGroupConfig, node: NodeConfig, services: readonly ServiceConfig[]): number =>
  services
    .filter((service) => service.nodes.includes(node.name))
    .flatMap(({ addresses }) => addresses.filter((address) => address.interface === group.name)).length;

/** A group that is to carry more than one interface of it may: at a failover the rest stays behind. */
export function crowdedGroup({ name: node }: NodeConfig, group: PathGroupConfig, count: number): CheckProblem[] {
  const { name, addressesMax } = group;
  if (count <= addressesMax) return [];
  return [
    {
      code: "addresses-over-limit",
      severity: "warning",
      path: ["nodes", node, "paths", name, "addressesMax"],
      message: `The path group "${name}" of "${node}" may have to carry ${count} addresses, and lets one interface carry ${addressesMax}: the others come to it only when no other node can take them, and would stay behind at a failover`,
      advice: `Write addressesMax: ${count} or more`,
    },
  ];
}

/**
 * Subnets of services in which no node has an address that heartbeats use, each at the first service that is in it. A
 * service of which one address is in such a subnet counts as watched: its others may be on the same interface.
 */
function unwatchedSubnets(cluster: Cluster): CheckProblem[] {
  const reported: ServiceAddress[] = [];
  return cluster.services.flatMap((service): CheckProblem[] => {
    const address = unwatchedAddress(service, cluster);
    if (address === undefined || reported.some((other) => inSubnet(other.address, address))) return [];
    reported.push(address);
    return [
      {
        code: "clients-network-unwatched",
        severity: "warning",
        path: ["services", service.name, "addresses"],
        message: `The network that clients of ${address.address}/${address.prefixLength} use is no network of the cluster: no node of "${service.name}" has its own address there in the file`,
        advice:
          "Add that network under `networks` of each node: if all others fail, nodes that still hear each other there do not both serve",
      },
    ];
  });
}

/** The first address of a service that no node of it has a network for; undefined when one has, or it cannot be told. */
function unwatchedAddress({ addresses, nodes }: ServiceConfig, cluster: Cluster): ServiceAddress | undefined {
  const own = cluster.nodes
    .filter(({ name }) => nodes.includes(name))
    .flatMap(({ networks }) => networks.map(({ address }) => address));
  const families = new Set(own.map((address) => parseIpAddress(address)?.family));
  const comparable = addresses.filter(
    ({ family, prefixLength }) => families.has(family) && prefixLength < (family === 4 ? 32 : 128),
  );
  return comparable.some((address) => own.some((text) => inSubnet(text, address))) ? undefined : comparable[0];
}

function inSubnet(text: string, { address, prefixLength }: ServiceAddress): boolean {
  const [one, other] = [parseIpAddress(text), parseIpAddress(address)];
  return one !== undefined && other !== undefined && sameSubnet(one.bytes, other.bytes, prefixLength);
}
