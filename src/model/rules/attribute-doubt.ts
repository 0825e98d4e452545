/**
 * Attributes that a condition compares with what they can never be, or takes for what they are not: of those that a check
 * sets, the file says whether they are texts, or true or false. What others set is known only when they do, and is not
 * judged; an operator may also set what a check sets, so that this is no more than a doubt.
 */
import { entryOf } from "./condition-problem.js";
import { allWithin, type Expression, textOf } from "./expression.js";
import { COMPREHENSIONS } from "./vocabulary.js";

/** What the checks of a file set, by attribute. */
export type CheckedAttributes = ReadonlyMap<string, "text" | "truth">;

export interface AttributeDoubt {
  readonly message: string;
  readonly advice: string;
}

/** The first thing that cannot come out as it is meant. */
export function attributeDoubt(condition: Expression, checked: CheckedAttributes): AttributeDoubt | undefined {
  return firstOf(truthsIn(condition), (each) => textAsTruth(each, checked)) ?? comparisonDoubt(condition, checked);
}

function comparisonDoubt(condition: Expression, checked: CheckedAttributes): AttributeDoubt | undefined {
  return firstOf(allWithin(condition), (expression) => {
    const [left, right] = comparedIn(expression) ?? [];
    if (left === undefined || right === undefined) return undefined;
    return mismatch(left, right, checked) ?? mismatch(right, left, checked);
  });
}

function firstOf(
  expressions: Iterable<Expression>,
  find: (expression: Expression) => AttributeDoubt | undefined,
): AttributeDoubt | undefined {
  for (const expression of expressions) {
    const doubt = find(expression);
    if (doubt !== undefined) return doubt;
  }
  return undefined;
}

/** What must be true or false for the condition to be so. */
function* truthsIn(condition: Expression): Generator<Expression> {
  yield condition;
  for (const expression of allWithin(condition)) yield* truthsOf(expression);
}

function truthsOf(expression: Expression): readonly Expression[] {
  switch (expression.op) {
    case "&&":
    case "||":
      return expression.args;
    case "!_":
      return [expression.args];
    case "?:":
      return expression.args.slice(0, 1);
    case "rcall": {
      const [name, , bodies] = expression.args;
      // The last of them is what to ask of each entry; of a `map`, what to make of it.
      return COMPREHENSIONS.has(name) && name !== "map" ? bodies.slice(-1) : [];
    }
    default:
      return [];
  }
}

function textAsTruth(expression: Expression, checked: CheckedAttributes): AttributeDoubt | undefined {
  const name = attributeIn(expression);
  if (name === undefined || checked.get(name) !== "text") return undefined;
  return {
    message: `${name} is ${SET_TO.text}, and is taken for true or false`,
    advice: `Compare it with a text, as in \`${textOf(expression)} == "true"\`, or leave \`value: output\` out of the check`,
  };
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

function mismatch(read: Expression, literal: Expression, checked: CheckedAttributes): AttributeDoubt | undefined {
  const name = attributeIn(read);
  const [type, other] = [name === undefined ? undefined : checked.get(name), literalType(literal)];
  if (name === undefined || type === undefined || other === undefined || type === other) return undefined;
  const message = `${name} is ${SET_TO[type]}, and is compared with ${LITERAL[other]}`;
  return { message, advice: adviceFor(type, other, textOf(read)) };
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
