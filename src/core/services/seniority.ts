/** Whose claim of a service counts: a later epoch always; of two equal ones, that of the preferred node. */
import type { ServiceConfig } from "../../model/cluster.js";
import { type NodeName, type ServiceName, byName } from "../../model/names.js";
import type { HeardClaim } from "../membership/membership.js";

/** A node's place in the order of preference; one that is not in it comes last. */
export function preferenceOf(node: NodeName, { nodes }: ServiceConfig): number {
  const index = nodes.indexOf(node);
  return index < 0 ? nodes.length : index;
}

/** Nodes that go by different files may differ over the order of preference too: then their names decide. */
export const isPreferred = (rival: NodeName, node: NodeName, config: ServiceConfig, sameFile: boolean): boolean =>
  sameFile ? preferenceOf(rival, config) < preferenceOf(node, config) : byName(rival, node) < 0;

/** Whether a rival's claim counts rather than one of a node with an epoch. */
export function outranks(rival: HeardClaim, epoch: number, node: NodeName, config: ServiceConfig): boolean {
  if (rival.claim.epoch !== epoch) return rival.claim.epoch > epoch;
  return isPreferred(rival.peer, node, config, rival.sameFile);
}

/** The claim that the service is held by, of all that were heard of it. */
export function strongestClaim(claims: readonly HeardClaim[], config: ServiceConfig): HeardClaim | undefined {
  return claims
    .filter(({ claim }) => claim.state === "holding" || claim.state === "offering")
    .reduce<HeardClaim | undefined>(
      (best, each) => (best === undefined || outranks(each, best.claim.epoch, best.peer, config) ? each : best),
      undefined,
    );
}

/** Of everything that is on record, the latest epoch of each service. */
export function latestEpochs(
  recorded: readonly { readonly service: ServiceName; readonly epoch: number }[],
): ReadonlyMap<ServiceName, number> {
  const latest = new Map<ServiceName, number>();
  for (const { service, epoch } of recorded) latest.set(service, Math.max(epoch, latest.get(service) ?? 0));
  return latest;
}
