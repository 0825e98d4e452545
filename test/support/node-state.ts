import type { NodeName } from "../../src/model/names.js";
import type { NodeState } from "../../src/model/node-state.js";

/** What a node says of itself that has and knows nothing yet, but for what is given. */
export const nodeState = (node: NodeName, given: Partial<NodeState> = {}): NodeState => ({
  node,
  incarnation: 1,
  version: 1,
  program: "1",
  drained: false,
  pause: { paused: false, revision: 0 },
  interfaces: [],
  fitness: [],
  tenures: [],
  bans: [],
  carriers: [],
  pings: [],
  ...given,
});
