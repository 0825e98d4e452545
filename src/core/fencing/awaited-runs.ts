/**
 * For what holders wait that runs on other nodes: they say so themselves. Once such a node is silent, nobody but the one
 * that fences it can end that.
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

/** What this node and living ones wait for. */
export function awaitedRuns(membership: Membership, services: readonly Service[]): readonly AwaitedRun[] {
  const others = membership.livePeers().flatMap(({ state }) => (state === undefined ? [] : awaitedIn(state)));
  return [...services.flatMap(({ programs }) => programs.awaited), ...others];
}

function awaitedIn(state: NodeState): readonly AwaitedRun[] {
  const before = told.get(state);
  if (before !== undefined) return before;
  const { programs = [] } = state;
  const now = programs.flatMap(({ service, program, awaits }) =>
    awaits === undefined ? [] : [{ service, program, node: awaits.node }],
  );
  told.set(state, now);
  return now;
}
