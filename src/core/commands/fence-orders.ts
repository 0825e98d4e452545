/** Orders to fence a node: carried out by the one of the others that can do it best, or refused with the reason. */
import type { Instant } from "../../base/time.js";
import type { Command, CommandOutcome } from "../../model/command.js";
import type { FenceCause } from "../../model/fencing.js";
import type { NodeName } from "../../model/names.js";
import type { DeskContext, Verdict } from "./command-desk.js";
import { fenceCauseText } from "../../model/note-text-fence.js";
import { accepted, rejected } from "./pending-commands.js";

type FenceCommand = Extract<Command, { readonly kind: "fence" }>;

/** @param isForwarded another node found this one to be the one that fences: it is not passed on again */
export function judgeFence(now: Instant, command: FenceCommand, isForwarded: boolean, context: DeskContext): Verdict {
  const { knowledge, effects } = context;
  const { node, by, isOff } = command;
  if (!knowledge.roster.nodes.includes(node)) return rejected("unknown-node", `There is no node ${node}`);
  if (isOff === true) return confirm(now, node, context);
  if (knowledge.paused) return rejected("paused", "The cluster is paused; unpause it first");
  const fencer = knowledge.fencing.fencerOf(node);
  if (fencer === undefined) return rejected("no-fencing", `No living node has a method to fence ${node}`);
  if (fencer !== knowledge.self && !isForwarded) return { forwardTo: fencer };
  const { obstacle } = knowledge.fencing;
  if (obstacle !== undefined) return rejected("not-eligible", `${node} is not fenced: ${obstacle}`);
  const cause: FenceCause = by === undefined ? { kind: "operator" } : { kind: "rule", rule: by };
  return knowledge.fencing.order(now, node, cause, effects);
}

/** Whichever node is told: those that have the order learn it from the state of this one. */
export function cancelFence(now: Instant, node: NodeName, { knowledge, effects }: DeskContext): CommandOutcome {
  if (!knowledge.roster.nodes.includes(node)) return rejected("unknown-node", `There is no node ${node}`);
  const fence = knowledge.fencing.viewOf(node);
  if (fence?.state === "done") {
    const how = fence.method === undefined ? "" : `, by ${fence.method}`;
    return rejected("not-eligible", `${fence.by} has fenced ${node} already${how}`);
  }
  if (!knowledge.fencing.isOrdered(node)) {
    if (fence?.cause.kind !== "stuck") return rejected("not-eligible", `Nobody is to fence ${node} by an order`);
    const why = `${node} is fenced by no order, but because ${fenceCauseText(fence.cause)}`;
    return rejected("not-eligible", `${why}: end that, or have nobody fenced by \`locum pause\``);
  }
  knowledge.fencing.cancel(now, node, effects);
  return accepted(
    fence?.state === "under-way"
      ? `The order to fence ${node} is taken back: a method that runs already goes on, and may yet cut it off`
      : `The order to fence ${node} is taken back: no method is run any more`,
  );
}

/** Who is heard is not off, whatever somebody believes; and of a node that nobody could fence, nothing waits for it. */
function confirm(now: Instant, node: NodeName, { knowledge, effects }: DeskContext): CommandOutcome {
  if (knowledge.cluster.nodes.find(({ name }) => name === node)?.fence === undefined) {
    const advice = "add `fence` to the cluster file if its services are to wait until it is off";
    return rejected(
      "no-fencing",
      `Nothing waits for ${node} to be off, since the file has no methods to fence it; ${advice}`,
    );
  }
  if (node === knowledge.self || knowledge.membership.isUp(node)) {
    return rejected("not-eligible", `${node} is heard: it is not off`);
  }
  knowledge.fencing.confirm(now, node, effects);
  return accepted(`${node} counts as fenced: what was bound to it may be taken`);
}
