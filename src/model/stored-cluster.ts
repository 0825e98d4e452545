import type { Cluster, NodeConfig, ServiceConfig } from "./cluster.js";

/** A cluster as an earlier version may have written it down: without what was added since. */
export interface StoredCluster extends Omit<Cluster, "nodes" | "services"> {
  readonly nodes: readonly (Omit<NodeConfig, "paths"> & Partial<NodeConfig>)[];
  readonly services: readonly (Omit<ServiceConfig, "identity"> & Partial<ServiceConfig>)[];
}

/** The cluster that an earlier version meant: what it did not know of has its default. */
export const storedCluster = ({ nodes, services, ...cluster }: StoredCluster): Cluster => ({
  ...cluster,
  nodes: nodes.map((node) => ({ paths: [], ...node })),
  services: services.map((service) => ({ identity: "announce", ...service })),
});
