/**
 * Rules that are right and yet never act, or whose order is always refused. A file may have had one for long, beside rules
 * that it needs: so nothing of this keeps an agent from its work.
 */
import type { Cluster } from "../cluster.js";
import { type CheckConfig, runsOn } from "../errand.js";
import type { NodeName, ServiceName } from "../names.js";
import type { RuleAction, RuleConfig } from "../rule.js";
import { type CheckedAttributes, attributeDoubt } from "../rules/attribute-doubt.js";
import { ConditionReader } from "../rules/condition.js";
import { namesIn, surroundingsOf } from "../rules/surroundings.js";
import { vainWord } from "../rules/vain-words.js";
import type { CheckProblem } from "./check-problem.js";

export function ruleAdvice(cluster: Cluster): CheckProblem[] {
  const { rules = [], checks = [] } = cluster;
  return [...sharedAttributes(checks, cluster), ...doubtsOf(rules, checks, cluster)];
}

/** The one that runs last says what it is, whatever the other has found. */
const sharedAttributes = (checks: readonly CheckConfig[], { nodes }: Cluster): CheckProblem[] =>
  checks.flatMap((check, at) => {
    const other = checks
      .slice(0, at)
      .find(
        (each) =>
          each.attribute === check.attribute && nodes.some(({ name }) => runsOn(each, name) && runsOn(check, name)),
      );
    if (other === undefined) return [];
    return [
      {
        code: "attribute-shared",
        severity: "warning",
        path: ["checks", check.name, "sets"],
        message: `The checks "${other.name}" and "${check.name}" both set ${check.attribute}: it is what the last one that ran says`,
        advice: "Give one of them another name under `sets`",
      },
    ];
  });

function doubtsOf(rules: readonly RuleConfig[], checks: readonly CheckConfig[], cluster: Cluster): CheckProblem[] {
  if (rules.length === 0) return [];
  const reader = new ConditionReader(surroundingsOf(namesIn(cluster)));
  const checked = checkedBy(checks, rules);
  const names = rules.map(({ name }) => name);
  return rules.flatMap((rule) => [...doubts(rule, reader, { checked, names }), ...vainMoves(rule, cluster)]);
}

/** What checks set; an attribute that is set in two ways may be either. */
function checkedBy(checks: readonly CheckConfig[], rules: readonly RuleConfig[]): CheckedAttributes {
  const checked = new Map<string, "text" | "truth">();
  const unclear = new Set(
    rules.flatMap(({ actions }) => actions.flatMap((each) => (each.kind === "set" ? [each.attribute.name] : []))),
  );
  for (const { attribute, value } of checks) {
    const type = value === "output" ? "text" : "truth";
    if ((checked.get(attribute) ?? type) !== type) unclear.add(attribute);
    checked.set(attribute, type);
  }
  return new Map([...checked].filter(([attribute]) => !unclear.has(attribute)));
}

interface Known {
  readonly checked: CheckedAttributes;
  /** Of all rules. */
  readonly names: readonly string[];
}

function doubts({ name, each, when }: RuleConfig, reader: ConditionReader, { checked, names }: Known): CheckProblem[] {
  const condition = reader.read(each, when);
  if (!condition.ok) return [];
  const { expression } = condition.value;
  const doubt = attributeDoubt(expression, checked) ?? vainWord(expression, each, names);
  if (doubt === undefined) return [];
  const message = `In the condition of "${name}", ${doubt.message}`;
  return [
    {
      code: "rule-without-effect",
      severity: "warning",
      path: ["rules", name, "when"],
      message,
      advice: doubt.advice,
    },
  ];
}

const vainMoves = ({ name, actions }: RuleConfig, { services }: Cluster): CheckProblem[] =>
  actions.flatMap((action, at): CheckProblem[] => {
    const vain = vainMove(action, services);
    if (vain === undefined) return [];
    const { what, whose } = vain;
    return [
      {
        code: "rule-without-effect",
        severity: "warning",
        path: ["rules", name, "do", at, "to"],
        message: `The rule "${name}" moves ${what} to "${vain.to}", which is none of ${whose} nodes`,
        advice: "Name one of them, or leave `to` out: then the best of the others is taken",
      },
    ];
  });

/** Where a service that is not named can be any of them, one that has the node is enough. */
function vainMove(
  action: RuleAction,
  services: Cluster["services"],
): { readonly to: NodeName; readonly what: string; readonly whose: string } | undefined {
  if (action.kind !== "move" || action.to === undefined) return undefined;
  const { service, to } = action;
  const moved = services.filter(({ name }) => service === undefined || name === service);
  if (moved.some(({ nodes }) => nodes.includes(to))) return undefined;
  return service === undefined ? { to, what: "services", whose: "their" } : { to, what: quoted(service), whose: "its" };
}

const quoted = (name: ServiceName): string => `"${name}"`;
