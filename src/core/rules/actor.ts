/** Which node acts for a rule, so that all agree on it and no two do. */
import type { NodeName } from "../../model/names.js";
import type { RuleScope } from "../../model/rule.js";
import type { NodeCondition, NodeView, PeerView } from "../../model/status.js";

const LIVING: ReadonlySet<NodeCondition> = new Set(["up", "drained"]);

const isLiving = ({ state }: PeerView): boolean => LIVING.has(state);

/** In the order of the file. */
export const livingNodes = ({ nodes }: NodeView): readonly NodeName[] => nodes.filter(isLiving).map(({ name }) => name);

/** What is known of a node on which a rule may act: it is there, it said that it leaves, or it was lost without a word. */
export type Presence = "there" | "left" | "lost";

/** Of each node of the file. One of which nothing was heard yet counts as one that left: nothing fell to it. */
export const presencesIn = ({ nodes }: NodeView): ReadonlyMap<string | undefined, Presence> =>
  new Map(nodes.map((node) => [node.name, presenceOf(node)]));

function presenceOf(node: PeerView): Presence {
  if (isLiving(node)) return "there";
  return node.state === "down" ? "lost" : "left";
}

/**
 * A node acts for itself, a service's holder for the service. Where there is none, and for the cluster as a whole, the
 * first living node acts: of the service's nodes, or of all, in the order of the file.
 */
export function actorOf(scope: RuleScope, about: string | undefined, view: NodeView): string | undefined {
  if (scope === "node") return about;
  const first = view.nodes.find(isLiving)?.name;
  if (scope === "cluster") return first;
  const service = view.services.find(({ name }) => name === about);
  const living = new Set(view.nodes.filter(isLiving).map(({ name }) => name));
  if (service?.holder !== undefined && living.has(service.holder)) return service.holder;
  return service?.candidates.find(({ node }) => living.has(node))?.node ?? first;
}

/** What a rule looks at, as part of what is said of it. */
export const subjectOf = (about: string | undefined): { readonly about?: string } =>
  about === undefined ? {} : { about };

/** What a rule looks at, by itself, at this node: of nodes only itself, since nobody else acts for it. */
export function subjectsOf(scope: RuleScope, { node, services }: NodeView): readonly (string | undefined)[] {
  if (scope === "cluster") return [undefined];
  return scope === "node" ? [node] : services.map(({ name }) => name);
}
