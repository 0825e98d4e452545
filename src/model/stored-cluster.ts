import type { Cluster, NodeConfig } from "./cluster.js";

/** A cluster as an earlier version may have written it down: without what was added since. */
export interface StoredCluster extends Omit<Cluster, "nodes"> {
  readonly nodes: readonly StoredNode[];
}

type StoredNode = Omit<NodeConfig, "paths"> & Partial<NodeConfig>;

/**
 * The cluster that an earlier version meant: what it did not know of has its default. What was there stays where it was:
 * a black box compares the text of what decisions lead to, the order of keys included.
 */
export const storedCluster = (cluster: StoredCluster): Cluster => ({
  ...cluster,
  nodes: cluster.nodes.map(storedNode),
});

const storedNode = (node: StoredNode): NodeConfig => ({ ...node, paths: node.paths ?? [] });
