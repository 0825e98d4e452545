/** Durations in a node's state count up to when it was made; who says it later must say by how much they grew. */
import type { Duration } from "../base/time.js";
import type { NodeState } from "./node-state.js";
import type { ProgramBrief } from "./program.js";

/** The same state, said a while after it was made. */
export const agedState = (state: NodeState, age: Duration): NodeState => ({
  ...state,
  tenures: state.tenures.map((each) => ({ ...each, heldFor: (each.heldFor + age) as Duration })),
  ...(state.programs === undefined ? {} : { programs: state.programs.map((each) => agedProgram(each, age)) }),
  ...(state.fences === undefined
    ? {}
    : { fences: state.fences.map((each) => ({ ...each, lasted: (each.lasted + age) as Duration })) }),
  ...(state.fenceCancellations === undefined
    ? {}
    : {
        fenceCancellations: state.fenceCancellations.map((each) => ({
          ...each,
          lasted: (each.lasted + age) as Duration,
        })),
      }),
  bans: state.bans.map((each) => ({ ...each, remaining: shorter(each.remaining, age) })),
});

const agedProgram = (brief: ProgramBrief, age: Duration): ProgramBrief => ({
  ...brief,
  lasted: (brief.lasted + age) as Duration,
  ...(brief.retryIn === undefined ? {} : { retryIn: shorter(brief.retryIn, age) }),
  ...(brief.bannedFor === undefined ? {} : { bannedFor: shorter(brief.bannedFor, age) }),
});

const shorter = (rest: Duration, age: Duration): Duration => Math.max(rest - age, 0) as Duration;
