/**
 * Words that a condition compares a field with and that it can never be: `state == "aktive"`. What a field can be is
 * known where the vocabulary lists its words, or says that it is the name of something of the file. The type of an
 * expression is followed through fields, entries and comprehensions; what is not known is not judged.
 */
import { nearest } from "../../base/nearest.js";
import type { RuleScope } from "../rule.js";
import { type ConditionProblem, type KnownNames, meant, SINGULAR } from "./condition-problem.js";
import { type Expression, partsOf } from "./expression.js";
import {
  COMPREHENSIONS,
  RULE_TYPES,
  RULE_VARIABLES,
  type RuleField,
  type RuleFields,
  SCOPE_VARIABLES,
} from "./vocabulary.js";

/** What the names in a part of a condition stand for. */
type Bound = Readonly<Record<string, RuleField | undefined>>;

/** A text that something is compared with. */
export interface Comparison {
  readonly literal: Expression & { readonly op: "value" };
  /** What it is compared with, or an entry of that. */
  readonly field: RuleField;
  /** The expression that comes to the field, or to what it is an entry of. */
  readonly read: Expression;
}

/** The first word that can never be. */
export function wordProblem(condition: Expression, scope: RuleScope, names: KnownNames): ConditionProblem | undefined {
  for (const { literal, field } of comparisonsIn(condition, { ...RULE_VARIABLES, ...SCOPE_VARIABLES[scope] })) {
    const possible = possibleWords(field, names);
    const { args: word, start, end } = literal;
    if (possible === undefined || typeof word !== "string" || possible.includes(word)) continue;
    const candidate = nearest(word, possible);
    if (field.names === undefined) {
      const message = `"${word}" is none of the words that it is compared with`;
      return { start, end, message, advice: meant(candidate, `Use one of these: ${possible.join(", ")}`) };
    }
    const message = `There is no ${SINGULAR[field.names]} "${word}" in the file`;
    return { start, end, message, advice: meant(candidate, `Name one that stands under \`${field.names}\``) };
  }
  return undefined;
}

function possibleWords({ words, names }: RuleField, known: KnownNames): readonly string[] | undefined {
  return names === undefined ? words : [...known[names], ""];
}

/** Every comparison of a text with a field of the vocabulary. */
export function* comparisonsIn(expression: Expression, bound: Bound): Generator<Comparison> {
  yield* comparisonsOf(expression, bound);
  if (expression.op !== "rcall" || !COMPREHENSIONS.has(expression.args[0])) {
    for (const part of partsOf(expression)) yield* comparisonsIn(part, bound);
    return;
  }
  const [, receiver, [variable, ...bodies]] = expression.args;
  yield* comparisonsIn(receiver, bound);
  const within = variable?.op === "id" ? { ...bound, [variable.args]: eachOf(fieldOf(receiver, bound)) } : bound;
  for (const body of bodies) yield* comparisonsIn(body, within);
}

function comparisonsOf(expression: Expression, bound: Bound): readonly Comparison[] {
  const { op } = expression;
  if (op !== "==" && op !== "!=" && op !== "in") return [];
  const [left, right] = expression.args;
  if (op !== "in")
    return [...comparison(left, fieldOf(right, bound), right), ...comparison(right, fieldOf(left, bound), left)];
  const entries = right.op === "list" ? right.args : [];
  return [
    ...comparison(left, eachOf(fieldOf(right, bound)), right),
    ...entries.flatMap((entry) => comparison(entry, fieldOf(left, bound), left)),
  ];
}

const comparison = (literal: Expression, field: RuleField | undefined, read: Expression): readonly Comparison[] =>
  literal.op === "value" && field !== undefined ? [{ literal, field, read }] : [];

/** What an expression comes to, as far as it is one of the vocabulary's fields. */
function fieldOf(expression: Expression, bound: Bound): RuleField | undefined {
  switch (expression.op) {
    case "id":
      return Object.hasOwn(bound, expression.args) ? bound[expression.args] : undefined;
    case ".": {
      const [owner, key] = expression.args;
      const of = fieldOf(owner, bound);
      return of === undefined ? undefined : (fieldsOf(of.type)?.[key] ?? entryOf(of));
    }
    case "[]": {
      const of = fieldOf(expression.args[0], bound);
      return of === undefined ? undefined : entryOf(of);
    }
    case "rcall":
      return expression.args[0] === "filter" ? fieldOf(expression.args[1], bound) : undefined;
    default:
      return undefined;
  }
}

const fieldsOf = (type: string): RuleFields | undefined =>
  Object.entries(RULE_TYPES).find(([name]) => name === type)?.[1];

/** An entry of a list or map. */
function entryOf({ type, ...rest }: RuleField): RuleField | undefined {
  const [, list, value] = /^(?:list<(.+)>|map<string, (.+)>)$/.exec(type) ?? [];
  if (list !== undefined) return { ...rest, type: list };
  return value === undefined ? undefined : { type: value, means: rest.means };
}

const NAMED_EXTENTS = ["nodes", "services", "networks"] as const;

/** What `in` looks for, and a comprehension goes through: the entries of a list, the keys of a map. */
function eachOf(field: RuleField | undefined): RuleField | undefined {
  if (field === undefined || !field.type.startsWith("map<")) return field === undefined ? undefined : entryOf(field);
  const names = NAMED_EXTENTS.find((extent) => extent === field.extent);
  return { type: "string", means: field.means, ...(names === undefined ? {} : { names }) };
}
