import type { RuleDocument, RulesDocument } from "../model/status-document-rule.js";
import type { Page } from "./page.js";
import type { Tone } from "./paint.js";
import { type Cell, cell, tableLines, wrapped } from "./table.js";
import { sinceText, timeText } from "./time-text.js";

const HEADING = ["RULE", "OF", "CONDITION", "ACTED LAST", "NEXT"];

/** How rules stand at the node that answers, for a person. */
export function rulesLines({ answeredBy, rules }: RulesDocument, page: Page): readonly string[] {
  if (rules.length === 0) return [`${answeredBy} has no rules`];
  return [
    ...tableLines(
      HEADING,
      rules.map((each) => ruleRow(each, page.now)),
      page,
    ),
    "",
    ...wrapped(
      `As ${answeredBy} knows it: of rules with \`each: node\` a node looks at itself only, and that another node acted is taken for granted when it was its turn.`,
      page.width,
    ),
  ];
}

function ruleRow(rule: RuleDocument, now: Date): readonly Cell[] {
  const { lastActed, about } = rule;
  return [
    cell(rule.rule, "strong"),
    cell(about ?? "-"),
    cell(conditionText(rule, now), toneOf(rule)),
    cell(lastActed === null ? "-" : `${timeText(new Date(lastActed.at), now)} on ${lastActed.node ?? "no node"}`),
    cell([nextText(rule, now), ...reasonsOf(rule)].join("; ")),
  ];
}

function conditionText({ condition, since }: RuleDocument, now: Date): string {
  if (since === null) return "not looked at";
  return `${condition === "broken" ? "cannot be evaluated" : condition} since ${sinceText(since, now)}`;
}

function toneOf({ condition, suspendedUntil }: RuleDocument): Tone | undefined {
  if (condition === "broken" || suspendedUntil !== null) return "warn";
  return condition === "true" ? undefined : "dim";
}

function nextText({ next, waits, suspendedUntil }: RuleDocument, now: Date): string {
  const due = waits === null ? "" : ` (due ${timeText(new Date(waits.until), now)})`;
  const leftOut = suspendedUntil === null ? "" : `, but not before ${timeText(new Date(suspendedUntil), now)}`;
  return `${next}${waits?.by === "limit" ? due : `${due}${leftOut}`}`;
}

function reasonsOf({ problem, readings }: RuleDocument): readonly string[] {
  const values = Object.entries(readings).map(
    ([what, value]) => `${what} is ${value === null || value === "" ? "none" : String(value)}`,
  );
  return problem === null ? values : [problem, ...values];
}
