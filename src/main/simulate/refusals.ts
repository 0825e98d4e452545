/** Which orders of rules the agents would refuse, in their words: of those that are simulated, only moves. */
import { cannotTakeText, haltedText, notAmongText } from "../../core/commands/refusal-text.js";
import { subjectOf } from "../../core/rules/actor.js";
import { place } from "../../core/placement/place.js";
import type { Command } from "../../model/command.js";
import type { NodeName } from "../../model/names.js";
import type { RuleNote } from "../../model/rule.js";
import type { Acting } from "./ruled.js";
import type { Outcome } from "./what-if.js";
import { type World, candidateFacts } from "./world.js";

/** An order that a rule gave on a node, and why it is not carried out. */
export interface Refusal {
  readonly node: NodeName;
  readonly note: RuleNote & { readonly code: "rule.order-refused" };
}

/** @param outcomes where services are when the orders are given */
export function refusalsOf(world: World, acting: Acting, outcomes: readonly Outcome[]): readonly Refusal[] {
  const { node, group, note, orders, unordered } = acting;
  const problems = orders.flatMap((order) => {
    const isThere = (each: Outcome): boolean =>
      order.kind === "move" && each.service === order.service && each.after.includes(order.to);
    return order.kind === "move" && !outcomes.some(isThere) ? (problemOf(world, order, group) ?? []) : [];
  });
  const parties = { rule: note.rule, ...subjectOf(note.about) };
  return [...unordered, ...problems].map((problem) => ({
    node,
    note: { code: "rule.order-refused", ...parties, problem },
  }));
}

function problemOf(
  world: World,
  { service: name, to }: Extract<Command, { readonly kind: "move" }>,
  group: readonly NodeName[],
): string | undefined {
  const service = world.cluster.services.find((each) => each.name === name);
  if (service === undefined) return undefined;
  if (!service.nodes.includes(to)) return notAmongText(to, name);
  if (world.stopped.has(name)) return haltedText(name);
  const facts = candidateFacts(world, service, group);
  if (place(facts, undefined).order.includes(to)) return undefined;
  return cannotTakeText(to, name, facts.find(({ node }) => node === to)?.reasons ?? []);
}
