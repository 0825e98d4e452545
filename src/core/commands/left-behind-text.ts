/** What machines without an agent may still have, since they lost it in a pause, for those whose orders it speaks against. */
import type { KeptService } from "../../model/node-state.js";
import { briefList } from "../../model/note-text-finding.js";
import { listText } from "../../model/note-text-reason.js";
import type { AwaitedRun } from "../fencing/awaited-runs.js";
import type { Peer } from "../membership/membership.js";
import type { DeskContext } from "./command-desk.js";

/** As a sentence without its end. @param kept not empty */
export function leftBehindClause(
  kept: readonly KeptService[],
  { knowledge, service }: Pick<DeskContext, "knowledge" | "service">,
): string {
  const nodes = [...new Set(kept.map(({ node }) => node))];
  const clauses = nodes.map((node) => {
    const names = kept.filter((each) => each.node === node).map((each) => each.service);
    const things = names.flatMap((name) => {
      const { addresses = [] } = service(name)?.config ?? {};
      return addresses.length === 0 ? name : addresses.map(({ address }) => address);
    });
    return `${node}'s ${stateText(knowledge.membership.peer(node))} ${briefList(things)}`;
  });
  return listText(clauses);
}

/** What no agent started on such a machine, and a holder waits for: without the pause, it would be fenced for that. */
export const strayLeftText = ({ node, service, program }: AwaitedRun): string =>
  `${service} waits with ${program}, which may run on ${node}, whose agent is gone and did not start it: ` +
  `without the pause, ${node} may be fenced for that; start the agent there, or use \`locum unpause --force\``;

function stateText(peer: Peer | undefined): string {
  if (peer?.condition === "up") return "agent is back, has not said yet what it has, and may keep";
  return peer?.condition === "leaving"
    ? "agent is stopped and its machine keeps"
    : "agent is not heard and its machine may keep";
}
