import { hashText } from "../../base/random.js";
import type { Duration } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import { byName, wireId, type NodeName } from "../../model/names.js";

/** What a detector needs to know, in wire ids. */
export interface DetectorSettings {
  readonly self: number;
  readonly incarnation: number;
  readonly interval: Duration;
  readonly timeout: Duration;
  /** In the sorted order of names; `hears` counts on it. */
  readonly networks: readonly number[];
  /** All nodes, this one too, in the sorted order of names; `hears` counts on it. */
  readonly nodes: readonly DetectorNode[];
  readonly configDigest: number;
  readonly topologyDigest: number;
  readonly versions: { readonly min: number; readonly max: number };
  /** How many claims one packet holds, as the codec says. */
  readonly claimsPerPage: number;
}

export interface DetectorNode {
  readonly id: number;
  /** For each network whether the node is attached to it. */
  readonly attached: readonly boolean[];
}

/** What the configuration does not say. */
export interface DetectorCircumstances {
  readonly self: NodeName;
  readonly incarnation: number;
  readonly versions: { readonly min: number; readonly max: number };
  readonly claimsPerPage: number;
}

export function detectorSettings(cluster: Cluster, circumstances: DetectorCircumstances): DetectorSettings {
  const networks = cluster.networks.map((network) => network.name).sort(byName);
  const nodes = [...cluster.nodes].sort((a, b) => byName(a.name, b.name));
  const attached = nodes.map((node) => networks.map((name) => node.networks.some((own) => own.network === name)));
  return {
    ...circumstances,
    self: wireId(circumstances.self),
    interval: cluster.detection.interval,
    timeout: cluster.detection.timeout,
    networks: networks.map(wireId),
    nodes: nodes.map((node, index) => ({ id: wireId(node.name), attached: attached[index] ?? [] })),
    configDigest: Number.parseInt(cluster.hash.slice(0, 8), 16),
    topologyDigest: hashText(JSON.stringify([networks, nodes.map((node) => node.name)])),
  };
}
