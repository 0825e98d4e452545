/**
 * Attributes that a condition compares with what they can never be: of those that a check sets, the file says whether they
 * are texts, or true or false. What others set is known only when they do, and is not judged.
 */
import { type ConditionProblem, entryOf } from "./condition-problem.js";
import { allWithin, type Expression, textOf } from "./expression.js";

/** What the checks of a file set, by attribute. */
export type CheckedAttributes = ReadonlyMap<string, "text" | "truth">;

/** The first comparison that can never come true. */
export function attributeProblem(condition: Expression, checked: CheckedAttributes): ConditionProblem | undefined {
  for (const expression of allWithin(condition)) {
    const [left, right] = comparedIn(expression) ?? [];
    if (left === undefined || right === undefined) continue;
    const problem = mismatch(left, right, checked) ?? mismatch(right, left, checked);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function comparedIn(expression: Expression): readonly [Expression, Expression] | undefined {
  switch (expression.op) {
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return expression.args;
    default:
      return undefined;
  }
}

function mismatch(read: Expression, literal: Expression, checked: CheckedAttributes): ConditionProblem | undefined {
  const name = attributeIn(read);
  const [type, other] = [name === undefined ? undefined : checked.get(name), literalType(literal)];
  if (name === undefined || type === undefined || other === undefined || type === other) return undefined;
  const message = `${name} is ${SET_TO[type]}, and is compared with ${LITERAL[other]}`;
  return { start: read.start, end: read.end, message, advice: adviceFor(type, other, textOf(read)) };
}

/** `node.attributes.temperature`, `nodes["web-1"].attributes["disk"]`. */
function attributeIn(expression: Expression): string | undefined {
  const entry = entryOf(expression);
  return entry !== undefined && entryOf(entry.of)?.key === "attributes" ? entry.key : undefined;
}

function literalType(expression: Expression): "text" | "truth" | "number" | undefined {
  if (expression.op === "-_") return literalType(expression.args);
  if (expression.op !== "value") return undefined;
  switch (typeof expression.args) {
    case "string":
      return "text";
    case "boolean":
      return "truth";
    case "number":
    case "bigint":
      return "number";
    default:
      return undefined;
  }
}

const SET_TO = { text: "the text that a check prints", truth: "true or false, as a check says" } as const;
const LITERAL = { text: "a text", truth: "true or false", number: "a number" } as const;

function adviceFor(type: "text" | "truth", other: "text" | "truth" | "number", read: string): string {
  if (type === "truth") return "Compare it with true or false, or give the check `value: output`";
  if (other === "number") return `Make a number of it: \`double(${read})\`, and write the other as \`80.0\``;
  return 'Put what the check prints in quotes: `"true"`';
}
