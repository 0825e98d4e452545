/**
 * What a condition asks for and can never be, though it is written right: rules that are not in the file as those who ordered
 * something, and what a rule that acts never meets. The first may be one that was in the file before; so it is no more than a
 * doubt.
 */
import { nearest } from "../../base/nearest.js";
import type { RuleScope } from "../rule.js";
import { meant } from "./condition-problem.js";
import type { Expression } from "./expression.js";
import { comparisonsIn } from "./word-problem.js";
import { RULE_TYPES, RULE_VARIABLES, type RuleField, SCOPE_VARIABLES } from "./vocabulary.js";

export interface Doubt {
  readonly message: string;
  readonly advice: string;
}

/** @param rules names of all rules of the file */
export const vainWord = (condition: Expression, scope: RuleScope, rules: readonly string[]): Doubt | undefined =>
  wordDoubt(condition, scope, rules) ?? (asksForPause(condition) ? PAUSE : undefined);

function wordDoubt(condition: Expression, scope: RuleScope, rules: readonly string[]): Doubt | undefined {
  for (const { literal, field, read } of comparisonsIn(condition, { ...RULE_VARIABLES, ...SCOPE_VARIABLES[scope] })) {
    const word = literal.args;
    if (typeof word !== "string") continue;
    const doubt = isMover(field) ? moverDoubt(word, rules) : scope === "node" ? ownStateDoubt(word, read) : undefined;
    if (doubt !== undefined) return doubt;
  }
  return undefined;
}

const isMover = (field: RuleField): boolean =>
  field === RULE_TYPES.Node["drainedBy"] || field === RULE_TYPES.Service["stoppedBy"];

function moverDoubt(word: string, rules: readonly string[]): Doubt | undefined {
  const movers = ["operator", ...rules.map((name) => `rule ${name}`)];
  if (word === "" || movers.includes(word)) return undefined;
  return {
    message: `nobody is called "${word}": it is \`operator\`, or \`rule\` and the name of one in the file`,
    advice: meant(nearest(word, movers), `Name one of these: ${movers.join(", ")}`),
  };
}

/** The node that acts is the one that is looked at. */
function ownStateDoubt(word: string, read: Expression): Doubt | undefined {
  const isOwn = read.op === "." && read.args[1] === "state" && read.args[0].op === "id" && read.args[0].args === "node";
  if (!isOwn || (word !== "down" && word !== "unknown")) return undefined;
  return {
    message: `\`node.state\` is never "${word}": a rule about each node acts on the node itself`,
    advice: `Leave \`each\` out, and write \`nodes.exists(n, nodes[n].state == "${word}")\``,
  };
}

const PAUSE: Doubt = {
  message: "`paused` is never true: in a pause no rule acts",
  advice: "Remove it",
};

/** Whether a pause is a part of what makes the condition true; that there is none may be said, and is always so. */
function asksForPause(condition: Expression): boolean {
  switch (condition.op) {
    case "id":
      return condition.args === "paused";
    case "&&":
    case "||":
      return condition.args.some(asksForPause);
    case "==":
      return (
        condition.args.some((side) => side.op === "value" && side.args === true) && condition.args.some(asksForPause)
      );
    default:
      return false;
  }
}
