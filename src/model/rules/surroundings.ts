import { ATTRIBUTES_PER_NODE_MAX } from "../attribute.js";
import type { Cluster } from "../cluster.js";
import { LIMITS } from "../configuration/limits.js";
import type { ConditionSurroundings } from "./condition.js";
import type { Extents } from "./condition-cost.js";
import { FINDINGS_SEEN_MAX } from "./vocabulary.js";

/** What a file lets conditions speak of. */
export function surroundingsOf(names: ConditionSurroundings["names"]): ConditionSurroundings {
  const extents: Extents = {
    nodes: Math.min(names.nodes.length, LIMITS.nodes),
    services: names.services.length,
    networks: names.networks.length,
    findings: FINDINGS_SEEN_MAX,
    attributes: ATTRIBUTES_PER_NODE_MAX,
    paths: LIMITS.pathGroupsPerNode,
    programs: names.programs.length,
    addresses: LIMITS.addressesPerService,
  };
  return { names, extents };
}

export const namesIn = ({ nodes, services, networks }: Cluster): ConditionSurroundings["names"] => ({
  nodes: nodes.map(({ name }) => name),
  services: services.map(({ name }) => name),
  networks: networks.map(({ name }) => name),
  programs: services.flatMap(({ name, programs }) => (programs?.list ?? []).map((each) => `${name}/${each.name}`)),
  paths: nodes.flatMap(({ name, paths }) => paths.map((group) => `${name}/${group.name}`)),
});
