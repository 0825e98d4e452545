/**
 * What works and what is broken in a simulated cluster, as far as the cluster file tells: which nodes hear each other,
 * and what speaks against each node as the holder of a service. It does not know the machines: an address is taken to
 * be on the network whose own addresses lie in its subnet, and on a network that never fails where there is none.
 */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import { listText } from "../../model/note-text-reason.js";
import type { CandidateFacts } from "../../core/placement/place.js";
import type { Cluster, NodeConfig, ServiceAddress, ServiceConfig } from "../../model/cluster.js";
import type { AttributeValue } from "../../model/attribute.js";
import type { Command } from "../../model/command.js";
import { runsOn } from "../../model/errand.js";
import type { NetworkName, NodeName, ServiceName } from "../../model/names.js";
import type { RuleName } from "../../model/rule.js";
import { type UnfitReason, drainedReason } from "../../model/unfit-reasons.js";
import type { Fault } from "./fault.js";
import { type DownInterfaces, wayReasons } from "./ways.js";

export interface World {
  readonly cluster: Cluster;
  readonly downNodes: ReadonlySet<NodeName>;
  /** With the rule that drained each; undefined: the operator did. */
  readonly drainedNodes: ReadonlyMap<NodeName, RuleName | undefined>;
  /** With the rule that stopped each. */
  readonly stopped: ReadonlyMap<ServiceName, RuleName | undefined>;
  /** Where rules moved services: what is held there is not failed back. */
  readonly movedTo: ReadonlyMap<ServiceName, NodeName>;
  readonly attributes: ReadonlyMap<NodeName, Attributes>;
  readonly downNetworks: ReadonlySet<NetworkName>;
  /** `node network`. */
  readonly cutLinks: ReadonlySet<string>;
  /** Interfaces without a link, by node. */
  readonly downInterfaces: ReadonlyMap<NodeName, DownInterfaces>;
  /** `node network`: its ping targets are gone for all whom the node hears, so that they tell it nothing. */
  readonly deadTargets: ReadonlySet<string>;
}

type Attributes = ReadonlyMap<string, AttributeValue>;

/** Everything works, and the checks that say whether something is well say so. What others print is not known. */
export const workingWorld = (cluster: Cluster): World => ({
  cluster,
  downNodes: new Set(),
  drainedNodes: new Map(),
  stopped: new Map(),
  movedTo: new Map(),
  attributes: new Map(cluster.nodes.map(({ name }) => [name, healthyAttributes(cluster, name)])),
  downNetworks: new Set(),
  cutLinks: new Set(),
  downInterfaces: new Map(),
  deadTargets: new Set(),
});

const healthyAttributes = ({ checks = [] }: Cluster, node: NodeName): Attributes =>
  new Map(
    checks
      .filter((check) => check.value === "ok" && runsOn(check, node))
      .map(({ attribute }): [string, boolean] => [attribute, true]),
  );

/** The world after a fault. */
export function withFault(world: World, fault: Fault): World {
  const next = changedBy(world, fault);
  return { ...next, deadTargets: deadTargetsOf(next) };
}

function changedBy(world: World, fault: Fault): World {
  switch (fault.kind) {
    case "node":
      return { ...world, downNodes: changed(world.downNodes, fault.node, !fault.up) };
    case "drain":
      return {
        ...world,
        drainedNodes: fault.drained
          ? put(world.drainedNodes, fault.node, undefined)
          : without(world.drainedNodes, fault.node),
      };
    case "network":
      return { ...world, downNetworks: changed(world.downNetworks, fault.network, !fault.up) };
    case "link":
      return { ...world, cutLinks: changed(world.cutLinks, linkKey(fault.node, fault.network), !fault.up) };
    case "interface": {
      const down = changed(downOf(world, fault.node), fault.interface, !fault.up);
      return { ...world, downInterfaces: put(world.downInterfaces, fault.node, down) };
    }
    case "attribute":
      return said(world, fault.node, fault.name, fault.value);
  }
}

/** The world after a rule's order, without what follows for the services. A pause, a restart and paths are not simulated. */
export function withOrder(world: World, order: Command): World {
  switch (order.kind) {
    case "drain":
      if (world.drainedNodes.has(order.node)) return world;
      return { ...world, drainedNodes: put(world.drainedNodes, order.node, order.by) };
    case "resume":
      return { ...world, drainedNodes: without(world.drainedNodes, order.node) };
    case "stop-service":
      return { ...world, stopped: put(world.stopped, order.service, order.by) };
    case "start-service":
      return { ...world, stopped: without(world.stopped, order.service) };
    case "move":
      return { ...world, movedTo: put(world.movedTo, order.service, order.to) };
    case "fence":
      return withFault(world, { kind: "node", node: order.node, up: false });
    case "set-attribute":
      return said(world, order.node, order.attribute.name, order.attribute.value);
    case "unset-attribute":
      return said(world, order.node, order.name, undefined);
    default:
      return world;
  }
}

function said(world: World, node: NodeName, name: string, value: AttributeValue | undefined): World {
  const before = world.attributes.get(node) ?? new Map<string, AttributeValue>();
  const now = value === undefined ? without(before, name) : put(before, name, value);
  return { ...world, attributes: put(world.attributes, node, now) };
}

const put = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): ReadonlyMap<Key, Value> =>
  new Map([...map, [key, value]]);

const without = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key): ReadonlyMap<Key, Value> =>
  new Map([...map].filter(([each]) => each !== key));

function changed<Item>(items: ReadonlySet<Item>, item: Item, isIn: boolean): ReadonlySet<Item> {
  const others = [...items].filter((each) => each !== item);
  return new Set(isIn ? [...others, item] : others);
}

const downOf = ({ downInterfaces }: World, node: NodeName): DownInterfaces => downInterfaces.get(node) ?? new Set();

const linkKey = (node: NodeName, network: NetworkName): string => `${node} ${network}`;

const isReached = (world: World, node: NodeName, network: NetworkName): boolean =>
  !world.downNetworks.has(network) && !world.cutLinks.has(linkKey(node, network));

/** The running nodes in groups that hear each other; the largest group first, of equal ones that with the first node. */
export function groups(world: World): readonly (readonly NodeName[])[] {
  const left = world.cluster.nodes.filter(({ name }) => !world.downNodes.has(name));
  const found: NodeName[][] = [];
  for (let start = left.shift(); start !== undefined; start = left.shift()) {
    const group = [start];
    for (const member of group) {
      for (const other of left.filter((each) => hearEachOther(world, member, each))) {
        group.push(other);
        left.splice(left.indexOf(other), 1);
      }
    }
    found.push(group.map(({ name }) => name));
  }
  return found.sort((a, b) => b.length - a.length);
}

const hearEachOther = (world: World, a: NodeConfig, b: NodeConfig): boolean =>
  a.networks.some(
    ({ network }) =>
      b.networks.some((each) => each.network === network) &&
      isReached(world, a.name, network) &&
      isReached(world, b.name, network),
  );

/** The service's nodes in the order of preference, with what a group of nodes knows against each. */
export const candidateFacts = (
  world: World,
  service: ServiceConfig,
  group: readonly NodeName[],
): readonly CandidateFacts[] =>
  service.nodes.map((node) => ({ node, reasons: reasonsAgainst(world, service, { node, group }) }));

function reasonsAgainst(
  world: World,
  service: ServiceConfig,
  { node, group }: { readonly node: NodeName; readonly group: readonly NodeName[] },
): readonly UnfitReason[] {
  if (!group.includes(node)) return [{ code: "node-down" }];
  const config = world.cluster.nodes.find(({ name }) => name === node);
  if (config === undefined) return [{ code: "not-configured" }];
  const drained = world.drainedNodes.has(node) ? [drainedReason(world.drainedNodes.get(node))] : [];
  const down = downOf(world, node);
  const lost = service.addresses.flatMap((address) => wayReasons(address, config, down));
  return [...drained, ...distinct(lost), ...cutReasons(world, service, config), ...pingReasons(world, config)];
}

/** Several addresses may be lost by one interface. */
const distinct = (reasons: readonly UnfitReason[]): readonly UnfitReason[] => [
  ...new Map(reasons.map((reason) => [`${reason.code} ${reason.detail ?? ""}`, reason])).values(),
];

/** A cut cable takes a node's service addresses of that network off the air; a network that is down is so for all. */
function cutReasons(world: World, service: ServiceConfig, node: NodeConfig): readonly UnfitReason[] {
  const needed = node.networks.filter((own) => service.addresses.some((address) => isInSubnet(own.address, address)));
  return needed
    .filter(({ network }) => world.cutLinks.has(linkKey(node.name, network)))
    .map(({ network }) => ({ code: "network-cut", detail: network }));
}

/** Networks that are down, and by which the clients of a service come, as far as its addresses tell. */
export function lostToClients({ cluster, downNetworks }: World, { addresses }: ServiceConfig): readonly NetworkName[] {
  const own = cluster.nodes.flatMap(({ networks }) => networks).filter(({ network }) => downNetworks.has(network));
  const ways = own.filter((each) => addresses.some((address) => isInSubnet(each.address, address)));
  return [...new Set(ways.map(({ network }) => network))];
}

function isInSubnet(own: string, { address, prefixLength, interface: named }: ServiceAddress): boolean {
  if (named !== undefined) return false;
  const [a, b] = [parseIpAddress(own), parseIpAddress(address)];
  if (a === undefined || b === undefined || a.family !== b.family) return false;
  return sameSubnet(a.bytes, b.bytes, prefixLength);
}

/** A node that has lost the ping targets of all its networks, while others may reach them, is the one that is cut off. */
function pingReasons(world: World, node: NodeConfig): readonly UnfitReason[] {
  const targets = networksWithTargets(world, node);
  const isLost = (network: NetworkName): boolean =>
    !isReached(world, node.name, network) && !world.deadTargets.has(linkKey(node.name, network));
  if (!targets.every(isLost)) return [];
  return targets.map((network) => ({ code: "ping-lost", detail: network }));
}

const networksWithTargets = ({ cluster }: World, { networks }: NodeConfig): readonly NetworkName[] =>
  networks
    .map(({ network }) => network)
    .filter((network) => cluster.networks.some(({ name, ping }) => name === network && ping.length > 0));

/**
 * As in the agents (core/membership/pings.ts): targets that a node has lost together with all whom it hears are dead. They
 * stay so when it hears nobody any more, until somebody reaches them.
 */
function deadTargetsOf(world: World): ReadonlySet<string> {
  const { cluster, deadTargets } = world;
  return new Set(
    groups(world).flatMap((group) => {
      const members = cluster.nodes.filter(({ name }) => group.includes(name));
      return members.flatMap((node) =>
        networksWithTargets(world, node)
          .filter((network) => !isReached(world, node.name, network))
          .filter((network) => {
            const others = members.filter(
              (other) => other !== node && networksWithTargets(world, other).includes(network),
            );
            return others.length === 0
              ? deadTargets.has(linkKey(node.name, network))
              : !others.some((other) => isReached(world, other.name, network));
          })
          .map((network) => linkKey(node.name, network)),
      );
    }),
  );
}

/** What stands between the faults here and a service's addresses, in words: an outcome says nothing of it. */
export function unsimulated({ nodes }: Cluster, service: ServiceConfig): readonly string[] {
  const own = nodes.filter(({ name }) => service.nodes.includes(name));
  const groupNames = new Set(own.flatMap(({ paths }) => paths.map(({ name }): string => name)));
  const isKnown = (address: ServiceAddress): boolean =>
    own.some(({ networks }) => networks.some((each) => isInSubnet(each.address, address)));
  const interfaces = service.addresses.flatMap(({ interface: one, interfaces: several = [] }) => one ?? several);
  const named = [...new Set(interfaces)].filter((name) => !groupNames.has(name));
  const elsewhere = service.addresses.filter(
    (address) => address.interface === undefined && address.interfaces === undefined && !isKnown(address),
  );
  return [
    ...(groupNames.size === 0
      ? []
      : [`path ${groupNames.size === 1 ? "group" : "groups"} ${listText([...groupNames])}`]),
    ...named.map((name) => `interface ${name}`),
    ...elsewhere.map(({ address }) => `the network of ${address}`),
  ];
}
