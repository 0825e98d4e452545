/**
 * For what holders wait that ran on nodes that are silent: they say so themselves. Nobody but the one that fences such a
 * node can end that. Where a holder hears the node, its agent ends it.
 */
import type { NodeName } from "../../model/names.js";
import type { NodeState } from "../../model/node-state.js";
import type { ProgramId } from "../../model/program.js";
import type { Membership } from "../membership/membership.js";
import type { Service } from "../services/service.js";

export interface AwaitedRun extends ProgramId {
  /** Where it runs. */
  readonly node: NodeName;
}

/** What a state says of it, which changes seldom. */
const told = new WeakMap<NodeState, readonly AwaitedRun[]>();

/** What this node and living ones wait for on nodes that they do not hear. */
export function awaitedRuns(membership: Membership, services: readonly Service[]): readonly AwaitedRun[] {
  const others = membership.livePeers().flatMap(({ state }) => (state === undefined ? [] : awaitedIn(state)));
  const own = services.flatMap(({ programs }) => programs.awaited.filter(({ isSilent }) => isSilent));
  return [...own, ...others];
}

function awaitedIn(state: NodeState): readonly AwaitedRun[] {
  const before = told.get(state);
  if (before !== undefined) return before;
  const { programs = [] } = state;
  const now = programs.flatMap(({ service, program, awaits }) =>
    awaits?.isSilent === true ? [{ service, program, node: awaits.node }] : [],
  );
  told.set(state, now);
  return now;
}
