import type { NodeName } from "./names.js";
import type { ServiceView } from "./status.js";

/** The first node but its holder that could take a service, and against which nothing speaks if there is such. */
export function bestOther({ holder, candidates }: ServiceView): NodeName | undefined {
  const others = candidates.filter(({ node, eligible }) => eligible && node !== holder);
  return (others.find(({ reasons }) => reasons.length === 0) ?? others[0])?.node;
}
