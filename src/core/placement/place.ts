/**
 * Gives a service its best node, from what is known of every candidate.
 *
 * Pure: the same facts give the same answer on every node, in the simulator and in `locum simulate`. A banned node is
 * the last choice but still one, since an unreliable holder is better than none; so is one whose interface is to carry no
 * more addresses, since a service that is partly left behind at a failover is better than one that is served nowhere. It does not decide when to move;
 * that is the holder's part (services/service.ts).
 */
import type { NodeName } from "../../model/names.js";
import type { Candidate } from "../../model/status.js";
import { type UnfitReason, isSoft, isUnprepared } from "../../model/unfit-reasons.js";

/** A candidate in the order of preference, with everything that speaks against it. */
export interface CandidateFacts {
  readonly node: NodeName;
  readonly reasons: readonly UnfitReason[];
}

export interface Placement {
  /** The eligible node that comes first; undefined when there is none. */
  readonly best: NodeName | undefined;
  /** All nodes that could take the service now, in the order in which they should. */
  readonly order: readonly NodeName[];
  /** The last of them, against whom something speaks that keeps nobody from it. */
  readonly lastChoices: readonly NodeName[];
  readonly candidates: readonly Candidate[];
}

/**
 * @param facts the service's nodes in the order of preference
 * @param holder keeps the service while it is eligible (stickiness); undefined when it is vacant
 */
export function place(facts: readonly CandidateFacts[], holder: NodeName | undefined): Placement {
  const possible = facts.filter((each) => each.reasons.every(isSoft));
  const sound = possible.filter((each) => each.reasons.length === 0);
  const others = possible.filter((each) => each.reasons.length > 0);
  // What may lack the data comes after what only failed lately.
  const [prepared, unprepared] = [others.filter((each) => !isUnpreparedNode(each)), others.filter(isUnpreparedNode)];
  const lastChoices = [...prepared, ...unprepared].map((each) => each.node);
  const preferred = [...sound.map((each) => each.node), ...lastChoices];
  const order = holder !== undefined && preferred.includes(holder) ? withFirst(preferred, holder) : preferred;
  return {
    best: order[0],
    order,
    lastChoices,
    candidates: facts.map((each) => ({
      node: each.node,
      eligible: each.reasons.every(isSoft),
      reasons: each.reasons,
    })),
  };
}

const isUnpreparedNode = ({ reasons }: CandidateFacts): boolean => reasons.some(isUnprepared);

const withFirst = (nodes: readonly NodeName[], first: NodeName): readonly NodeName[] => [
  first,
  ...nodes.filter((node) => node !== first),
];
