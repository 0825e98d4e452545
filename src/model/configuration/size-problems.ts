/** Limits of the whole file that no single list shows. */
import { LIMITS } from "./limits.js";
import { type LocatedNode, entriesOf } from "./located-node.js";
import { type ConfigurationProblem, problemAtKey } from "./problem.js";
import type { Named, Survey } from "./survey.js";

export function sizeProblems({ top, nodes, services, memberships, addresses }: Survey): ConfigurationProblem[] {
  const networks = new Set(memberships.map(({ network }) => network));
  const serviceAddresses = addresses.filter(({ role }) => role === "service").length;
  const programs = services.reduce((sum, { entry }) => sum + entriesOf(entry, "programs").length, 0);
  const at = (key: string): LocatedNode => top.children.get(key) ?? top;
  const count = (key: string): number => at(key).children.size;
  return [
    ...excess(at("nodes"), { what: "nodes", count: count("nodes"), limit: LIMITS.nodes }),
    ...excess(at("services"), { what: "services", count: count("services"), limit: LIMITS.services }),
    ...excess(at("nodes"), { what: "networks", count: networks.size, limit: LIMITS.networks }),
    ...excess(at("services"), { what: "service addresses", count: serviceAddresses, limit: LIMITS.addresses }),
    ...excess(at("services"), { what: "programs", count: programs, limit: LIMITS.programs }),
    ...nodes.flatMap(tooManyGroups),
  ];
}

function excess(
  entry: LocatedNode,
  { what, count, limit }: { readonly what: string; readonly count: number; readonly limit: number },
): ConfigurationProblem[] {
  if (count <= limit) return [];
  return [
    problemAtKey(entry, {
      code: "too-many",
      message: `The cluster has ${count} ${what}, more than the limit of ${limit}`,
      advice: "Split it into several clusters; they can share a network, each with its own name and port",
    }),
  ];
}

function tooManyGroups({ name, entry }: Named): ConfigurationProblem[] {
  const paths = entry.children.get("paths");
  if (paths === undefined || paths.children.size <= LIMITS.pathGroupsPerNode) return [];
  return [
    problemAtKey(paths, {
      code: "too-many",
      message: `The node "${name}" has ${paths.children.size} path groups, more than the limit of ${LIMITS.pathGroupsPerNode}`,
      advice: "Remove some: one group moves all addresses and VLANs of an interface",
    }),
  ];
}
