/** Durations in a node's state count up to when it was made; who says it later must say by how much they grew. */
import type { Duration } from "../base/time.js";
import type { NodeState } from "./node-state.js";

/** The same state, said a while after it was made. */
export const agedState = (state: NodeState, age: Duration): NodeState => ({
  ...state,
  tenures: state.tenures.map((each) => ({ ...each, heldFor: (each.heldFor + age) as Duration })),
  ...(state.programs === undefined
    ? {}
    : { programs: state.programs.map((each) => ({ ...each, lasted: (each.lasted + age) as Duration })) }),
  ...(state.fences === undefined
    ? {}
    : { fences: state.fences.map((each) => ({ ...each, lasted: (each.lasted + age) as Duration })) }),
  bans: state.bans.map((each) => ({ ...each, remaining: Math.max(each.remaining - age, 0) as Duration })),
});
