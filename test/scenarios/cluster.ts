/** The cluster files of scenarios: one network, and an address for each service. */
import { hashText } from "../../src/base/random.js";
import { milliseconds } from "../../src/base/time.js";
import type { Cluster, ServiceConfig } from "../../src/model/cluster.js";
import { networkName, nodeName, serviceName } from "../../src/model/names.js";

export const SUBNET = "192.168.1";

export function clusterOf(
  names: readonly string[],
  services: Readonly<Record<string, Partial<ServiceConfig>>>,
): Cluster {
  const nodes = names.map(nodeName);
  const cluster: Cluster = {
    name: "shop",
    secretFile: "/etc/locum/secret",
    port: 4994,
    detection: { interval: milliseconds(25), timeout: milliseconds(100) },
    damping: { failures: 3, within: milliseconds(600_000), ban: milliseconds(60_000), banMax: milliseconds(3_600_000) },
    networks: [{ name: networkName("a"), ping: [] }],
    nodes: nodes.map((name, index) => ({
      name,
      networks: [{ network: networkName("a"), address: `10.1.1.${index + 1}` }],
      paths: [],
    })),
    services: Object.entries(services).map(([name, changes], index) => ({
      name: serviceName(name),
      addresses: [{ address: `${SUBNET}.${index + 1}`, family: 4, prefixLength: 24 }],
      nodes,
      failback: { kind: "never" },
      ...changes,
    })),
    hash: "",
  };
  return { ...cluster, hash: hashOf(cluster) };
}

export const hashOf = (cluster: Cluster): string =>
  hashText(JSON.stringify({ ...cluster, hash: "" }))
    .toString(16)
    .padStart(8, "0")
    .repeat(8);
