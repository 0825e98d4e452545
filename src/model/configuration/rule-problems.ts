/** What is wrong with rules beyond their form: conditions, names, and orders that say nothing. */
import { parseDuration } from "../../base/time.js";
import type { RuleScope } from "../rule.js";
import { CONDITIONS_STEPS_MAX } from "../rules/condition-cost.js";
import { CONDITION_TEXT_MAX, ConditionReader, type ConditionSurroundings } from "../rules/condition.js";
import { placeInScalar } from "../rules/scalar-place.js";
import { surroundingsOf } from "../rules/surroundings.js";
import { LIMITS } from "./limits.js";
import type { LineIndex } from "./line-index.js";
import { type LocatedNode, entriesOf, keyOf, pathText } from "./located-node.js";
import { type ConfigurationProblem, problemAt, problemAtKey } from "./problem.js";
import { referenceProblems } from "./reference-problems.js";
import type { Survey } from "./survey.js";

/** The text of the file, and where each of its lines begins. */
export interface FileText {
  readonly text: string;
  readonly lines: LineIndex;
}

export function ruleProblems(survey: Survey, file: FileText): ConfigurationProblem[] {
  const rules = entriesOf(survey.top, "rules");
  if (rules.length === 0) return [];
  const names = namesOf(survey);
  const reader = new ConditionReader(surroundingsOf(names));
  let steps = 0;
  return rules.slice(0, LIMITS.rules).flatMap((rule) => {
    const condition = conditionOf(rule, reader, file);
    steps += condition.steps;
    return [
      ...condition.problems,
      ...(steps > CONDITIONS_STEPS_MAX && steps - condition.steps <= CONDITIONS_STEPS_MAX ? [tooMuch(rule)] : []),
      ...impossibleRhythm(rule),
      ...entriesOf(rule, "do").flatMap((action) => actionProblems(action, scopeOf(rule), names)),
    ];
  });
}

const namesOf = ({ nodes, services, memberships, networks, pathGroups }: Survey): ConditionSurroundings["names"] => ({
  nodes: nodes.map(({ name }) => name),
  services: services.map(({ name }) => name),
  networks: [...new Set([...networks.map(({ name }) => name), ...memberships.map(({ network }) => network)])],
  programs: services.flatMap(({ name, entry }) =>
    entriesOf(entry, "programs")
      .slice(0, LIMITS.programsPerService)
      .map((program) => `${name}/${keyOf(program)}`),
  ),
  paths: pathGroups.map((group) => `${group.node}/${group.name}`),
});

function scopeOf(rule: LocatedNode): RuleScope {
  const each = rule.children.get("each")?.value;
  return each === "node" || each === "service" ? each : "cluster";
}

interface CheckedCondition {
  readonly steps: number;
  readonly problems: readonly ConfigurationProblem[];
}

function conditionOf(rule: LocatedNode, reader: ConditionReader, file: FileText): CheckedCondition {
  const when = rule.children.get("when");
  const nothing = { steps: 0, problems: [] };
  // The schema says what is wrong with it.
  if (when === undefined || typeof when.value !== "string" || when.value.length > CONDITION_TEXT_MAX) return nothing;
  const condition = reader.read(scopeOf(rule), when.value);
  if (condition.ok) return { steps: condition.value.steps, problems: [] };
  const { start, message, advice } = condition.problem;
  const problem: ConfigurationProblem = {
    code: "bad-condition",
    ...placeOf(when, when.value, start, file),
    path: pathText(when.path),
    ...(start >= when.value.length && endsAtComma(when, file) ? CUT_SHORT : { message, advice }),
  };
  return { steps: 0, problems: [problem] };
}

/** What YAML makes of a condition in braces that has no quotes, and a comma. */
const CUT_SHORT = {
  message: "The condition ends at this comma: within `{` and `}`, one ends a value that has no quotes",
  advice: "Put the whole condition in quotes, or write it on a line of its own",
} as const;

function endsAtComma({ range }: LocatedNode, { text }: FileText): boolean {
  const [begin, end] = range ?? [0, 0];
  return !/["'|>]/.test(text[begin] ?? "") && /^\s*,/.test(text.slice(end));
}

function placeOf(
  when: LocatedNode,
  value: string,
  offset: number,
  { text, lines }: FileText,
): Pick<ConfigurationProblem, "line" | "column"> {
  if (when.range === undefined) return when.at;
  const [begin, end] = when.range;
  return lines.placeOf(begin + placeInScalar(text.slice(begin, end), value, offset));
}

const tooMuch = (rule: LocatedNode): ConfigurationProblem =>
  problemAtKey(rule, {
    code: "bad-condition",
    message: `With this one, the conditions of all rules may take more than ${CONDITIONS_STEPS_MAX} steps at once`,
    advice: "Let fewer of them go through all nodes or services",
  });

/** A rule that acts again while its condition lasts, more often than it may act at all. */
function impossibleRhythm(rule: LocatedNode): ConfigurationProblem[] {
  const every = rule.children.get("every");
  const limit = rule.children.get("limit");
  const [times, within] = [limit?.children.get("times")?.value ?? 5, limit?.children.get("within")?.value ?? "5m"];
  const [pause, span] = [timeOf(every?.value), timeOf(within)];
  if (every === undefined || typeof times !== "number" || pause === undefined || span === undefined) return [];
  if (pause * times > span) return [];
  return [
    problemAt(every, {
      code: "duration-out-of-range",
      message: `A rule that acts every ${String(every.value)} reaches its limit of ${times} times within ${String(within)}`,
      advice: "Make `every` longer, or give the rule another `limit`",
    }),
  ];
}

const timeOf = (value: unknown): number | undefined => (typeof value === "string" ? parseDuration(value) : undefined);

/** Which list of names each key of an action names something of. */
const REFERENCES: readonly (readonly [key: string, what: "node" | "service"])[] = [
  ["move", "service"],
  ["stop", "service"],
  ["start", "service"],
  ["to", "node"],
  ["drain", "node"],
  ["resume", "node"],
  ["fence", "node"],
  ["node", "node"],
];

function actionProblems(
  action: LocatedNode,
  scope: RuleScope,
  names: ConditionSurroundings["names"],
): ConfigurationProblem[] {
  return REFERENCES.flatMap(([key, what]): ConfigurationProblem[] => {
    const entry = action.children.get(key);
    if (entry === undefined || typeof entry.value !== "string") return [];
    if (entry.value === "itself") return scope === what ? [] : [nothingItself(entry, what)];
    return referenceProblems(entry, { owner: "The rule", what, known: names[`${what}s`] });
  });
}

const nothingItself = (entry: LocatedNode, what: "node" | "service"): ConfigurationProblem =>
  problemAt(entry, {
    code: "bad-condition",
    message: `The rule is not about a ${what}, so that \`itself\` is none`,
    advice: `Write \`each: ${what}\` at the rule, or the name of a ${what} here`,
  });
