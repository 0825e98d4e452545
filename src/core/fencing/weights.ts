/**
 * Which of two nodes that may fence each other lets the other begin: two halves that do not hear each other, or two nodes
 * with the same trouble. The one that holds less does, so that both are not off in the end.
 */
import { ORDINARY } from "../../model/cluster.js";
import type { NodeName } from "../../model/names.js";
import type { Knowledge } from "../knowledge.js";
import type { Service } from "../services/service.js";

/** Whether this node lets another one begin that it does not hear, or that has the same trouble. */
export function yieldsTo(node: NodeName, knowledge: Knowledge, services: readonly Service[]): boolean {
  const { self, cluster } = knowledge;
  const [other, own] = [weightOf(node, knowledge, services), weightOf(self, knowledge, services)];
  if (other !== own) return other > own;
  const names = cluster.nodes.map(({ name }) => name);
  return names.indexOf(node) < names.indexOf(self);
}

/** What a node held, as far as is known: by number, and by priority. */
function weightOf(node: NodeName, { cluster, membership, self }: Knowledge, services: readonly Service[]): number {
  const own = services.filter(({ holding }) => holding !== undefined).map(({ config }) => config.name);
  const held = node === self ? own : [...(membership.peer(node)?.tenures.keys() ?? [])];
  return cluster.services
    .filter(({ name }) => held.includes(name))
    .reduce((sum, { placement = ORDINARY }) => sum + 1 + placement.priority, 0);
}
