/** What an assignment of all services is made from. Plain values; their order means nothing. */
import type { Amounts, ServicePlacement } from "../../model/cluster.js";
import type { NodeName, ServiceName } from "../../model/names.js";

export interface PlacementWorld {
  readonly nodes: readonly NodeOffer[];
  readonly services: readonly ServiceDemand[];
}

/** What a node has for services. */
export interface NodeOffer {
  readonly name: NodeName;
  /** Of a resource that is not in it, there is no end. */
  readonly capacity: Amounts;
  readonly weight: number;
}

/** One service: where it could be, and where it is. */
export interface ServiceDemand {
  readonly name: ServiceName;
  readonly placement: ServicePlacement;
  /** The nodes that are fit for it, the one that it should rather go to first. */
  readonly candidates: readonly NodeName[];
  /** The last of them: fit, and still worse than the others, whatever is on these. */
  readonly lastChoices: readonly NodeName[];
  /** Who holds it now, fit or not; undefined: nobody. */
  readonly holder: NodeName | undefined;
}
