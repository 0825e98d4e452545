/** What is wrong with a condition, with the place within it and what may have been meant. */
import { EvaluationError, ParseError, TypeError } from "@marcbachmann/cel-js";
import { describeError } from "../../base/locum-error.js";
import { nearest } from "../../base/nearest.js";
import type { RuleScope } from "../rule.js";
import { allWithin, type Expression, functionOf } from "./expression.js";
import { RULE_FUNCTIONS, RULE_TYPES, RULE_VARIABLES, SCOPE_VARIABLES } from "./vocabulary.js";

export interface ConditionProblem {
  /** Where in the text it stands, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly advice: string;
}

type Names = Readonly<Record<"nodes" | "services" | "networks", readonly string[]>>;

const SINGULAR = { nodes: "node", services: "service", networks: "network" } as const;

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

/** A node, service or network that the file does not have. */
export function nameProblem(condition: Expression, names: Names): ConditionProblem | undefined {
  for (const expression of allWithin(condition)) {
    const named = entryNamed(expression);
    if (named === undefined || names[named.list].includes(named.name)) continue;
    const { start, end } = expression;
    return {
      start,
      end,
      message: `There is no ${SINGULAR[named.list]} "${named.name}" in the file`,
      advice: meant(nearest(named.name, names[named.list]), `Name one that stands under \`${named.list}\``),
    };
  }
  return undefined;
}

/** `nodes.web1` and `nodes["web1"]`. */
function entryNamed(expression: Expression): { readonly list: keyof Names; readonly name: string } | undefined {
  if (expression.op !== "." && expression.op !== "[]") return undefined;
  const [of, key] = expression.args;
  if (of.op !== "id" || !isList(of.args)) return undefined;
  if (typeof key === "string") return { list: of.args, name: key };
  return key.op === "value" && typeof key.args === "string" ? { list: of.args, name: key.args } : undefined;
}

const isList = (name: string): name is keyof Names => Object.hasOwn(SINGULAR, name);

/** What the library found wrong, in our words. */
export function problemOfError(error: unknown, scope: RuleScope, text: string): ConditionProblem {
  if (!(error instanceof ParseError || error instanceof TypeError || error instanceof EvaluationError))
    return { start: 0, end: text.length, message: describeError(error), advice: "Write it in another way" };
  const { start, end } = error.range ?? { start: 0, end: text.length };
  const named = text.slice(start, end);
  return { start, end, ...wordsOf(error.code, { summary: error.summary, named, scope }) };
}

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
    case "no_such_key": {
      const known = [...new Set(Object.values(RULE_TYPES).flatMap((fields) => Object.keys(fields)))];
      const field = named.split(".").at(-1) ?? named;
      return {
        message: `There is no field ${field}`,
        advice: meant(nearest(field, known), "docs/rules.md has all fields"),
      };
    }
    case "no_such_overload":
      return {
        message: `These do not go together: ${summary.replace("no such overload: ", "")}`,
        advice: summary.includes("double")
          ? "Write the number with a decimal point, as in `1.0`"
          : "Compare things of one type: texts stand in quotes, numbers and true or false do not",
      };
    default:
      return { message: summary, advice: "Correct it: docs/rules.md tells how conditions are written" };
  }
}

const unknownAdvice = (named: string, known: readonly string[]): string =>
  named === "node" || named === "service"
    ? `Write \`each: ${named}\` at the rule, or \`${named}s.NAME\``
    : `Known are: ${known.join(", ")}; texts stand in quotes`;

const meant = (candidate: string | undefined, otherwise: string): string =>
  candidate === undefined ? otherwise : `Did you mean "${candidate}"?`;
