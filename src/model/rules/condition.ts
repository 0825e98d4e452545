/** Conditions of rules: checked against the vocabulary and the names of a file, bounded, and evaluated over a view. */
import { Environment, EvaluationError, type ParseResult } from "@marcbachmann/cel-js";
import { describeError } from "../../base/locum-error.js";
import { type Result, ok, refused } from "../../base/result.js";
import { ATTRIBUTE_TEXT_MAX, type AttributeValue } from "../attribute.js";
import type { RuleReading, RuleScope } from "../rule.js";
import { CONDITION_STEPS_MAX, type Extents, stepsOf } from "./condition-cost.js";
import {
  type ConditionProblem,
  functionProblem,
  type KnownNames,
  loopProblem,
  nameProblem,
  problemOfError,
} from "./condition-problem.js";
import type { Expression } from "./expression.js";
import { type Reading, readingsOf } from "./readings.js";
import { wordProblem } from "./word-problem.js";
import {
  RULE_CLASSES,
  RULE_TYPES,
  RULE_VARIABLES,
  type RuleFields,
  type RuleVariables,
  SCOPE_VARIABLES,
} from "./vocabulary.js";

export const CONDITION_TEXT_MAX = 1_000;
const LIMITS = { maxAstNodes: 200, maxDepth: 24, maxListElements: 64, maxMapEntries: 16, maxCallArguments: 4 };

/** What a file has that conditions may name, and how much of it. */
export interface ConditionSurroundings {
  readonly names: KnownNames;
  readonly extents: Extents;
}

export type Judgement =
  | { readonly kind: "true" | "false" }
  /** It could not be told: it compares what cannot be compared. */
  | { readonly kind: "broken"; readonly problem: string };

export interface Condition {
  readonly expression: Expression;
  /** The most steps that it takes. */
  readonly steps: number;
  judge(variables: RuleVariables): Judgement;
  read(variables: RuleVariables): readonly RuleReading[];
}

/** Reads the conditions of one file; making it takes longer than reading one. */
export class ConditionReader {
  readonly #surroundings: ConditionSurroundings;
  readonly #environments = new Map<RuleScope, Environment>();

  constructor(surroundings: ConditionSurroundings) {
    this.#surroundings = surroundings;
  }

  read(scope: RuleScope, text: string): Result<Condition, ConditionProblem> {
    const environment = this.#environment(scope);
    try {
      return this.#compile(environment, environment.parse(text), scope);
    } catch (error) {
      return refused(problemOfError(error, scope, text));
    }
  }

  #compile(environment: Environment, parsed: ParseResult, scope: RuleScope): Result<Condition, ConditionProblem> {
    const { names, extents } = this.#surroundings;
    const unknown =
      functionProblem(parsed.ast) ??
      loopProblem(parsed.ast) ??
      nameProblem(parsed.ast, names) ??
      wordProblem(parsed.ast, scope, names);
    if (unknown !== undefined) return refused(unknown);
    const { valid, type, error } = parsed.check();
    const whole = { start: 0, end: parsed.ast.end };
    if (!valid) return refused(problemOfError(error, scope, parsed.ast.input));
    if (type !== "bool" && type !== "dyn") return refused({ ...whole, ...noQuestion(type ?? "nothing") });
    const steps = stepsOf(parsed.ast, extents);
    if (steps > CONDITION_STEPS_MAX) return refused({ ...whole, ...tooLong(steps) });
    const readings = readingsOf(parsed.ast).map((each) => ({ what: each.what, take: readerOf(environment, each) }));
    return ok({
      expression: parsed.ast,
      steps,
      judge: (variables) => judge(parsed, variables),
      read: (variables) => readings.map(({ what, take }) => ({ what, value: reading(take, variables) })),
    });
  }

  #environment(scope: RuleScope): Environment {
    const known = this.#environments.get(scope);
    if (known !== undefined) return known;
    const made = makeEnvironment(scope);
    this.#environments.set(scope, made);
    return made;
  }
}

function makeEnvironment(scope: RuleScope): Environment {
  const environment = new Environment({ limits: LIMITS });
  for (const [name, fields] of Object.entries(RULE_TYPES) as [keyof typeof RULE_TYPES, RuleFields][]) {
    environment.registerType(name, { ctor: RULE_CLASSES[name], fields: typesOf(fields) });
  }
  for (const [name, type] of Object.entries(typesOf({ ...RULE_VARIABLES, ...SCOPE_VARIABLES[scope] })))
    environment.registerVariable(name, type);
  return environment;
}

const typesOf = (fields: RuleFields): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, { type }]) => [name, type]));

function judge(evaluate: ParseResult, variables: RuleVariables): Judgement {
  try {
    const value: unknown = evaluate(variables);
    if (typeof value === "boolean") return { kind: value ? "true" : "false" };
    return { kind: "broken", problem: "what it comes to is neither true nor false" };
  } catch (error) {
    // What is not there, such as an attribute that nobody sets any more, makes nothing true.
    if (error instanceof EvaluationError && error.code === "no_such_key") return { kind: "false" };
    return { kind: "broken", problem: error instanceof EvaluationError ? error.summary : describeError(error) };
  }
}

/** Takes a reading's value; throws {@link EvaluationError} when it is not there. */
function readerOf(environment: Environment, { what, entries }: Reading): (variables: RuleVariables) => unknown {
  if (entries === undefined) return environment.parse(what);
  const list = environment.parse(entries.list);
  const body = environment.clone().registerVariable(entries.name, "dyn").parse(entries.body);
  // The language's own filter fails over the first entry that lacks something; `exists` passes it by.
  return (variables) =>
    entriesOf(list(variables)).filter((entry) => judge(body, { ...variables, [entries.name]: entry }).kind === "true");
}

/** What `exists` goes through: of a map, its keys. */
const entriesOf = (list: unknown): readonly unknown[] =>
  list instanceof Map ? [...list.keys()] : Array.isArray(list) ? list : [];

function reading(take: (variables: RuleVariables) => unknown, variables: RuleVariables): AttributeValue | null {
  try {
    return plainOf(take(variables));
  } catch {
    // It is not there; the condition came true all the same.
    return null;
  }
}

/** A value for the record: numbers as numbers, a list as its entries one after the other. */
function plainOf(value: unknown): AttributeValue | null {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return value.slice(0, ATTRIBUTE_TEXT_MAX);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (!Array.isArray(value)) return null;
  return value.map(nameOf).join(", ").slice(0, ATTRIBUTE_TEXT_MAX);
}

/** A finding has a kind, everything else in a list is a name. */
const nameOf = (entry: unknown): string =>
  typeof entry === "object" && entry !== null && "kind" in entry ? String(entry.kind) : String(entry);

const noQuestion = (type: string): Pick<ConditionProblem, "message" | "advice"> => ({
  message: `The condition is of the type ${type}, and not true or false`,
  advice: 'Compare it with something, as in `nodes.web1.state == "down"`',
});

const tooLong = (steps: number): Pick<ConditionProblem, "message" | "advice"> => ({
  message: `The condition may take ${steps} steps with the nodes and services of this file, more than the limit of ${CONDITION_STEPS_MAX}`,
  advice: "Go through one list only, or use `each: node` or `each: service` instead of going through all of them",
});
