/** Which node fences another, so that all agree on it: of those that can, the one that hears most nodes. */
import { runsOn } from "../../model/errand.js";
import type { FenceMethod } from "../../model/fencing.js";
import type { NodeName } from "../../model/names.js";
import type { Knowledge } from "../knowledge.js";

/** The methods to fence a node that can be used on another; none on itself. */
export function methodsAt(
  fencer: NodeName,
  node: NodeName,
  { cluster }: Pick<Knowledge, "cluster">,
): readonly FenceMethod[] {
  if (fencer === node) return [];
  const methods = cluster.nodes.find(({ name }) => name === node)?.fence?.methods ?? [];
  return methods.filter((method) => runsOn(method, fencer));
}

/**
 * The living nodes that can fence another, the best one first: those with services bound to themselves last, then by how
 * many nodes each hears, then in the order of the file. A node of an older version cannot.
 */
export function fencersOf(node: NodeName, knowledge: Knowledge): readonly NodeName[] {
  const { cluster, membership, self, fencing } = knowledge;
  const living = cluster.nodes.map(({ name }) => name).filter((name) => name === self || membership.isUp(name));
  const able = living.filter(
    (name) =>
      methodsAt(name, node, knowledge).length > 0 &&
      (name === self || membership.peer(name)?.state?.fences !== undefined),
  );
  const hearing = new Map(able.map((name) => [name, heardBy(name, living, knowledge)]));
  const rank = (name: NodeName): number => (fencing.isBound(name) ? living.length : 0) - (hearing.get(name) ?? 0);
  return able.toSorted((a, b) => rank(a) - rank(b));
}

const heardBy = (observer: NodeName, living: readonly NodeName[], { membership, roster }: Knowledge): number =>
  living.filter((subject) => roster.networks.some((network) => membership.map.hears({ observer, subject, network })))
    .length;
