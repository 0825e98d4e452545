/** Which parts of a condition tell why it came true: what it looks at, and which entries of a list made it true. */
import { COMPREHENSIONS } from "./vocabulary.js";
import { type Expression, partsOf, textOf } from "./expression.js";

export const READINGS_MAX = 8;

/** The texts of the parts that are read when a rule acts, each once, in the order of the condition. */
export function readingsOf(condition: Expression): readonly string[] {
  return [...new Set(within(condition))].slice(0, READINGS_MAX);
}

function within(expression: Expression): readonly string[] {
  switch (expression.op) {
    case "id":
    case ".":
    case "[]":
      return isPlain(expression) ? [textOf(expression)] : partsOf(expression).flatMap(within);
    case "rcall":
      return COMPREHENSIONS.has(expression.args[0])
        ? [entriesThatMake(expression)]
        : partsOf(expression).flatMap(within);
    default:
      return partsOf(expression).flatMap(within);
  }
}

/** A name, or a field of something that is one. */
const isPlain = (expression: Expression): boolean =>
  expression.op === "id" ||
  expression.op === "value" ||
  ((expression.op === "." || expression.op === "[]") && partsOf(expression).every(isPlain));

/** Of `exists`, those entries tell more than that there is one. */
function entriesThatMake(expression: Expression & { readonly op: "rcall" }): string {
  const [name, receiver, bodies] = expression.args;
  if (name !== "exists" && name !== "exists_one") return textOf(expression);
  return `${textOf(receiver)}.filter(${bodies.map(textOf).join(", ")})`;
}
