/** What is said of a node is kept by the node itself; any other passes it on. A pause does not speak against it. */
import { ATTRIBUTE_CHANGES_PER_SECOND_MAX, ATTRIBUTES_PER_NODE_MAX } from "../../model/attribute.js";
import type { Instant } from "../../base/time.js";
import type { AttributeCommand, Command } from "../../model/command.js";
import type { DeskContext, Verdict } from "./command-desk.js";
import { accepted, rejected } from "./pending-commands.js";

export const isAttributeCommand = (command: Command): command is AttributeCommand =>
  command.kind === "set-attribute" || command.kind === "unset-attribute";

export function judgeAttribute(now: Instant, command: AttributeCommand, { knowledge, effects }: DeskContext): Verdict {
  const { node } = command;
  if (!knowledge.roster.nodes.includes(node)) return rejected("unknown-node", `There is no node ${node}`);
  if (node !== knowledge.self) return { forwardTo: node };
  const [name, value] =
    command.kind === "set-attribute" ? [command.attribute.name, command.attribute.value] : [command.name, undefined];
  if (!knowledge.attributes.admits(now, name, value)) {
    return rejected(
      "busy",
      `${node}'s attributes change too often: at most ${ATTRIBUTE_CHANGES_PER_SECOND_MAX} a second`,
    );
  }
  if (command.kind === "unset-attribute") {
    if (knowledge.attributes.unset(now, name, effects)) return accepted(`${node} has no attribute ${name} any more`);
    return rejected("unknown-attribute", `${node} has no attribute ${name}`);
  }
  if (knowledge.attributes.set(now, command.attribute, effects))
    return accepted(`${name} of ${node} is ${String(value)}`);
  const excess = `${node} has ${ATTRIBUTES_PER_NODE_MAX} attributes already: unset one first`;
  return rejected("too-many-attributes", excess);
}
