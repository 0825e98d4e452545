/** Orders that rules give. Their ids say whose they are, so that nobody needs to keep that while they are carried out. */
import type { CommandOutcome } from "../../model/command.js";
import type { NodeName } from "../../model/names.js";
import { type RuleName, ruleName } from "../../model/rule.js";
import type { Effects } from "../effects.js";

export interface RuleOrder {
  readonly rule: RuleName;
  readonly about: string | undefined;
  /** The node that acts for the rule. */
  readonly node: NodeName;
  readonly count: number;
}

const PREFIX = "rule";

/** No name has a colon in it. */
export const ruleOrderId = ({ rule, about, node, count }: RuleOrder): string =>
  [PREFIX, rule, about ?? "", node, count].join(":");

export const isRuleOrder = (id: string): boolean => id.startsWith(`${PREFIX}:`);

/** Answers a command: to who asked for it, or, where a rule of this node did, to the record, if it was not done. */
export function answerCommand(id: string, outcome: CommandOutcome, self: NodeName, effects: Effects): void {
  const [prefix, rule, about, node] = id.split(":");
  if (prefix !== PREFIX || rule === undefined || node !== self) {
    effects.push({ kind: "answer-command", id, outcome });
    return;
  }
  // A drained node that serves on until another can take over has done as it was told.
  if (outcome.ok || outcome.code === "serves-on") return;
  const subject = { rule: ruleName(rule), ...(about === undefined || about === "" ? {} : { about }) };
  effects.note({ code: "rule.order-refused", ...subject, problem: outcome.message });
}
