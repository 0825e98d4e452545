import type { Instant } from "../base/time.js";
import type { NodeState, Pause } from "../model/node-state.js";
import type { RuleName } from "../model/rule.js";

/** The node's settings that outlive a run of the agent. */
export interface Standing {
  drained: boolean;
  /** The rule that drained it; undefined: an operator did, or it is not. */
  drainedBy: RuleName | undefined;
  /** Undefined: it is not drained, or was so when the agent started. */
  drainedSince: Instant | undefined;
  pause: Pause;
}

/** For who reads it elsewhere or later. */
export const drainedBy = ({ drainedBy: by }: Standing): Pick<NodeState, "drainedBy"> =>
  by === undefined ? {} : { drainedBy: by };
