/**
 * The names behind the ids of heartbeats, for one configuration.
 */
import type { Cluster } from "../../model/cluster.js";
import { type NetworkName, type NodeName, type ServiceName, byName, wireId } from "../../model/names.js";

export class Roster {
  readonly self: NodeName;
  /** All nodes in the order of their names. */
  readonly nodes: readonly NodeName[];
  /** All nodes but this one, in the order of their names. */
  readonly peers: readonly NodeName[];
  readonly networks: readonly NetworkName[];
  /** As heartbeats carry it. */
  readonly configDigest: number;
  readonly #nodesById: ReadonlyMap<number, NodeName>;
  readonly #networksById: ReadonlyMap<number, NetworkName>;
  readonly #servicesById: ReadonlyMap<number, ServiceName>;
  readonly #membership: ReadonlyMap<NodeName, ReadonlySet<NetworkName>>;

  constructor(cluster: Cluster, self: NodeName) {
    this.self = self;
    this.nodes = cluster.nodes.map((node) => node.name).sort(byName);
    this.peers = this.nodes.filter((node) => node !== self);
    this.networks = cluster.networks.map((network) => network.name).sort(byName);
    this.configDigest = Number.parseInt(cluster.hash.slice(0, 8), 16);
    this.#nodesById = new Map(this.nodes.map((name) => [wireId(name), name]));
    this.#networksById = new Map(this.networks.map((name) => [wireId(name), name]));
    this.#servicesById = new Map(cluster.services.map(({ name }) => [wireId(name), name]));
    this.#membership = new Map(cluster.nodes.map((node) => [node.name, new Set(node.networks.map((n) => n.network))]));
  }

  node(id: number): NodeName | undefined {
    return this.#nodesById.get(id);
  }

  network(id: number): NetworkName | undefined {
    return this.#networksById.get(id);
  }

  service(id: number): ServiceName | undefined {
    return this.#servicesById.get(id);
  }

  isOn(node: NodeName, network: NetworkName): boolean {
    return this.#membership.get(node)?.has(network) === true;
  }
}
