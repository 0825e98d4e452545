import type { Cluster, NodeConfig } from "./cluster.js";

/** A cluster as an earlier version may have written it down: without what was added since. */
export interface StoredCluster extends Omit<Cluster, "nodes"> {
  readonly nodes: readonly (Omit<NodeConfig, "paths"> & Partial<NodeConfig>)[];
}

/** The cluster that an earlier version meant: what it did not know of has its default. */
export const storedCluster = ({ nodes, ...cluster }: StoredCluster): Cluster => ({
  ...cluster,
  nodes: nodes.map((node) => ({ paths: [], ...node })),
});
