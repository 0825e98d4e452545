import { unreachable } from "../base/assert.js";
import { durationText } from "./duration-text.js";
import type { AttributeValue } from "./attribute.js";
import type { RuleConfig, RuleScope } from "./rule.js";
import type { RuleStanding, RuleTurn, RuleWait, RuleWaitKind } from "./rule-standing.js";
import type { ToIso } from "./status-document-path.js";

/** `locum rules` and `GET /v1/rules`: why each rule acted, or did not. */
export interface RulesDocument {
  /** The node that answers: of what others did it knows only whose turn it was. */
  readonly answeredBy: string;
  readonly rules: readonly RuleDocument[];
}

export interface RuleDocument {
  readonly rule: string;
  readonly each: RuleScope;
  /** The node or service, where it looks at each by itself. */
  readonly about: string | null;
  /** `broken`: it cannot be evaluated; `resting`: no rule is looked at now. */
  readonly condition: RuleStanding["verdict"]["kind"];
  /** Null: it is resting. */
  readonly since: string | null;
  /** Why it cannot be evaluated. */
  readonly problem: string | null;
  /** What the condition looks at, by its text; empty while it is false. */
  readonly readings: Readonly<Record<string, AttributeValue | null>>;
  readonly lastActed: { readonly at: string; readonly node: string | null } | null;
  readonly waits: { readonly until: string; readonly by: RuleWaitKind } | null;
  readonly suspendedUntil: string | null;
  /** What it does next and why, as one clause. */
  readonly next: string;
}

export const rulesDocument = (
  node: string,
  standings: readonly RuleStanding[],
  { rules, clock }: { readonly rules: readonly RuleConfig[]; readonly clock: ToIso },
): RulesDocument => ({
  answeredBy: node,
  rules: standings.map((standing) => ruleDocument(standing, rules, clock)),
});

function ruleDocument(standing: RuleStanding, rules: readonly RuleConfig[], clock: ToIso): RuleDocument {
  const { rule, each, about, verdict, readings, lastTurn, wait, suspendedUntil } = standing;
  return {
    rule,
    each,
    about: about ?? null,
    condition: verdict.kind,
    since: verdict.kind === "resting" ? null : clock.toIso(verdict.since),
    problem: verdict.kind === "broken" ? verdict.problem : null,
    readings: Object.fromEntries(readings.map(({ what, value }) => [what, value])),
    lastActed: lastTurn === undefined ? null : turnDocument(lastTurn, clock),
    waits: wait === undefined ? null : { until: clock.toIso(wait.until), by: wait.by },
    suspendedUntil: suspendedUntil === undefined ? null : clock.toIso(suspendedUntil),
    next: nextText(
      standing,
      rules.find(({ name }) => name === rule),
    ),
  };
}

const turnDocument = ({ at, node }: RuleTurn, clock: ToIso): RuleDocument["lastActed"] => ({
  at: clock.toIso(at),
  node: node ?? null,
});

function nextText({ verdict, wait }: RuleStanding, config: RuleConfig | undefined): string {
  switch (verdict.kind) {
    case "resting":
      return "no rule is looked at in a pause, and while this node starts or stops";
    case "broken":
      return "it does nothing until its condition can be evaluated";
    case "false":
      return "it acts when its condition comes true";
    case "true":
      return wait === undefined ? "it acts again only after its condition was false" : waitText(wait, config);
    default:
      return unreachable(verdict);
  }
}

function waitText({ by }: RuleWait, config: RuleConfig | undefined): string {
  if (config === undefined) return "it waits";
  switch (by) {
    case "for":
      return `it waits until its condition has been true for ${durationText(config.holdFor)}`;
    case "every":
      return `it acts again every ${durationText(config.every ?? config.holdOff)} while its condition is true`;
    case "holdOff":
      return `it waits for ${durationText(config.holdOff)} after it acted`;
    case "limit":
      return `it is left out: it may act ${config.limit.times} times in ${durationText(config.limit.within)}`;
    default:
      return unreachable(by);
  }
}
