/** What is wrong with a condition, with the place within it and what may have been meant. */
import { EvaluationError, ParseError, TypeError } from "@marcbachmann/cel-js";
import { describeError } from "../../base/locum-error.js";
import { nearest } from "../../base/nearest.js";
import type { RuleScope } from "../rule.js";
import { allWithin, type Expression, functionOf, partsOf } from "./expression.js";
import {
  COMPREHENSIONS,
  RULE_FUNCTIONS,
  RULE_TYPES,
  RULE_VARIABLES,
  type RuleTypeName,
  SCOPE_VARIABLES,
} from "./vocabulary.js";

export interface ConditionProblem {
  /** Where in the text it stands, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly advice: string;
}

/** What the file has; programs by service and name, as `shop/db`, path groups by node and name, as `web1/lan`. */
export type KnownNames = Readonly<Record<"nodes" | "services" | "networks" | "programs" | "paths", readonly string[]>>;

export const SINGULAR = { nodes: "node", services: "service", networks: "network" } as const;

/** A function that there is not, or whose cost has no bound. */
export function functionProblem(condition: Expression): ConditionProblem | undefined {
  for (const expression of allWithin(condition)) {
    const name = functionOf(expression);
    if (name === undefined || RULE_FUNCTIONS.has(name)) continue;
    const { start, end } = expression;
    const known = [...RULE_FUNCTIONS];
    const message = `There is no function ${name} in conditions`;
    return { start, end, message, advice: meant(nearest(name, known), `Use one of these: ${known.join(", ")}`) };
  }
  return undefined;
}

/** `nodes.exists(n, n.state …)`: what goes through a map of things are their names. */
export function loopProblem(condition: Expression): ConditionProblem | undefined {
  for (const expression of allWithin(condition)) {
    if (expression.op !== "rcall" || !COMPREHENSIONS.has(expression.args[0])) continue;
    const [, list, [variable, ...bodies]] = expression.args;
    if (list.op !== "id" || !isList(list.args) || variable?.op !== "id") continue;
    const { args: name } = variable;
    const wrong = bodies.flatMap((body) => [...allOfLoop(body, name)]).find((each) => isFieldOf(each, name));
    const key = wrong === undefined ? undefined : entryOf(wrong)?.key;
    if (wrong === undefined || key === undefined) continue;
    return {
      start: wrong.start,
      end: wrong.end,
      message: `${name} is the name of a ${SINGULAR[list.args]}, and has no field ${key}`,
      advice: `Write \`${list.args}[${name}].${key}\``,
    };
  }
  return undefined;
}

/** Every expression in which the variable of a loop means what goes through that one, and not through another within it. */
function* allOfLoop(body: Expression, variable: string): Generator<Expression> {
  yield body;
  const [inner] = body.op === "rcall" && COMPREHENSIONS.has(body.args[0]) ? body.args[2] : [];
  const parts = inner?.op === "id" && inner.args === variable ? partsOf(body).slice(0, 1) : partsOf(body);
  for (const part of parts) yield* allOfLoop(part, variable);
}

function isFieldOf(expression: Expression, name: string): boolean {
  const entry = entryOf(expression);
  return entry !== undefined && entry.of.op === "id" && entry.of.args === name;
}

/** A node, service, network or program that the file does not have. */
export function nameProblem(condition: Expression, names: KnownNames): ConditionProblem | undefined {
  for (const expression of allWithin(condition)) {
    const named = entryNamed(expression, names) ?? programNamed(expression, names) ?? partNamed(expression, names);
    if (named === undefined || named.known.includes(named.name)) continue;
    const { start, end } = expression;
    const { name, what, known, under } = named;
    const message = `There is no ${what} "${name}" in the file`;
    return { start, end, message, advice: meant(nearest(name, known), `Name one that stands under \`${under}\``) };
  }
  return undefined;
}

/** A name in a condition, and those that there are. */
interface Named {
  readonly what: string;
  readonly under: string;
  readonly name: string;
  readonly known: readonly string[];
}

/** `nodes.web1` and `nodes["web1"]`. */
function entryNamed(expression: Expression, names: KnownNames): Named | undefined {
  const entry = entryOf(expression);
  if (entry === undefined || entry.of.op !== "id" || !isList(entry.of.args)) return undefined;
  const list = entry.of.args;
  return { what: SINGULAR[list], under: list, name: entry.key, known: names[list] };
}

/** `services.shop.programs.db` and `nodes.web1.programs["shop/db"]`. */
function programNamed(expression: Expression, names: KnownNames): Named | undefined {
  const entry = entryOf(expression);
  const programs = entry === undefined ? undefined : entryOf(entry.of);
  if (entry === undefined || programs?.key !== "programs") return undefined;
  return { what: "program", under: "programs", name: entry.key, known: programsOf(programs.of, names) };
}

/** `nodes.web1.networks.a` and `node.paths["lan"]`. */
function partNamed(expression: Expression, names: KnownNames): Named | undefined {
  const entry = entryOf(expression);
  const list = entry === undefined ? undefined : entryOf(entry.of);
  // A node may be called so.
  if (entry === undefined || list === undefined || (list.of.op === "id" && isList(list.of.args))) return undefined;
  if (list.key === "networks") return { what: "network", under: "networks", name: entry.key, known: names.networks };
  if (list.key !== "paths") return undefined;
  return { what: "path group", under: "paths", name: entry.key, known: groupsOf(list.of, names) };
}

/** The path groups of a node; where it may be any, of all. */
function groupsOf(owner: Expression, { paths }: KnownNames): readonly string[] {
  const entry = entryOf(owner);
  const isNamed = entry?.of.op === "id" && entry.of.args === "nodes";
  const own = isNamed ? paths.filter((each) => each.startsWith(`${entry.key}/`)) : paths;
  return own.map((each) => each.slice(each.indexOf("/") + 1));
}

/** The keys of the programs of a node or service; where it may be either, of both. */
function programsOf(owner: Expression, { programs }: KnownNames): readonly string[] {
  const entry = entryOf(owner);
  const list = entry?.of.op === "id" ? entry.of.args : undefined;
  if (list === "nodes" || (owner.op === "id" && owner.args === "node")) return programs;
  const own = list === "services" ? programs.filter((each) => each.startsWith(`${entry?.key}/`)) : programs;
  const short = own.map((each) => each.slice(each.indexOf("/") + 1));
  return list === "services" || (owner.op === "id" && owner.args === "service") ? short : [...programs, ...short];
}

/** What a field or an entry with a fixed key is of, and the key. */
export function entryOf(expression: Expression): { readonly of: Expression; readonly key: string } | undefined {
  if (expression.op !== "." && expression.op !== "[]") return undefined;
  const [of, key] = expression.args;
  if (typeof key === "string") return { of, key };
  return key.op === "value" && typeof key.args === "string" ? { of, key: key.args } : undefined;
}

const isList = (name: string): name is keyof typeof SINGULAR => Object.hasOwn(SINGULAR, name);

/** What the library found wrong, in our words. */
export function problemOfError(error: unknown, scope: RuleScope, text: string): ConditionProblem {
  if (!(error instanceof ParseError || error instanceof TypeError || error instanceof EvaluationError))
    return { start: 0, end: text.length, message: describeError(error), advice: "Write it in another way" };
  const { start, end } = error.range ?? { start: 0, end: text.length };
  const named = text.slice(start, end);
  return { start, end, ...wordsOf(error.code, { summary: error.summary, named, scope }) };
}

const HOW_TO_WRITE = "Correct it: docs/rules.md tells how conditions are written";

/** What other languages call what conditions have as well. */
const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["=", "=="],
  ["and", "&&"],
  ["or", "||"],
  ["&", "&&"],
  ["|", "||"],
]);

interface Mistake {
  readonly summary: string;
  readonly named: string;
  readonly scope: RuleScope;
}

function wordsOf(code: string, { summary, named, scope }: Mistake): Pick<ConditionProblem, "message" | "advice"> {
  switch (code) {
    case "unknown_variable": {
      const known = Object.keys({ ...RULE_VARIABLES, ...SCOPE_VARIABLES[scope] });
      return {
        message: `There is nothing called ${named}`,
        advice: meant(nearest(named, known), unknownAdvice(named, known)),
      };
    }
    case "unexpected_character": {
      const advice = OPERATORS.get(named);
      const message = advice === undefined ? summary : `There is no operator ${named}`;
      return { message, advice: advice === undefined ? HOW_TO_WRITE : `Write \`${advice}\`` };
    }
    case "no_such_key": {
      const known = [...new Set(Object.values(RULE_TYPES).flatMap((fields) => Object.keys(fields)))];
      const field = named.split(".").at(-1) ?? named;
      const homes = homesOf(field);
      return {
        message: `There is no field ${field}${homes.length === 0 ? "" : " there"}`,
        advice:
          homes.length === 0
            ? meant(nearest(field, known), "docs/rules.md has all fields")
            : `Write it as in ${homes.map((home) => `\`${home}.${field}\``).join(" or ")}`,
      };
    }
    case "cannot_index_type":
      return {
        message: `What is before ${named} is no more than a text or a number, and has no fields`,
        advice: HOW_TO_WRITE,
      };
    case "expected_token":
    case "unexpected_token":
      return { message: tokensIn(summary), advice: HOW_TO_WRITE };
    case "no_such_overload":
      return {
        message: `These do not go together: ${summary.replace("no such overload: ", "")}`,
        advice:
          summary.includes("double") && summary.includes("int")
            ? "Write the number with a decimal point, as in `1.0`"
            : "Compare things of one type: texts stand in quotes, numbers and true or false do not",
      };
    default:
      return { message: summary, advice: HOW_TO_WRITE };
  }
}

/** How each type is come by. */
const HOMES: Readonly<Record<RuleTypeName, readonly string[]>> = {
  Reach: ["nodes.NAME.networks.NAME"],
  PathGroup: ["nodes.NAME.paths.NAME"],
  Program: ["services.NAME.programs.NAME"],
  Node: ["nodes.NAME"],
  Service: ["services.NAME"],
  Finding: ["findings[0]"],
  Network: ["networks.NAME"],
};

const homesOf = (field: string): readonly string[] =>
  (Object.entries(RULE_TYPES) as [RuleTypeName, object][]).flatMap(([type, fields]) =>
    Object.hasOwn(fields, field) ? HOMES[type] : [],
  );

/** Tokens by their signs, as they are written. */
const SIGNS: Readonly<Record<string, string>> = {
  EOF: "the end of the condition",
  RPAREN: "`)`",
  LPAREN: "`(`",
  RBRACKET: "`]`",
  LBRACKET: "`[`",
  RBRACE: "`}`",
  LBRACE: "`{`",
  COMMA: "`,`",
  COLON: "`:`",
  DOT: "`.`",
};

const tokensIn = (summary: string): string =>
  summary.replaceAll(/\b[A-Z]{3,}\b/g, (token) => SIGNS[token] ?? token.toLowerCase());

const unknownAdvice = (named: string, known: readonly string[]): string =>
  named === "node" || named === "service"
    ? `Write \`each: ${named}\` at the rule, or \`${named}s.NAME\``
    : `Known are: ${known.join(", ")}; texts stand in quotes`;

export const meant = (candidate: string | undefined, otherwise: string): string =>
  candidate === undefined ? otherwise : `Did you mean "${candidate}"?`;
