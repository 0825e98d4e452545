/** Which parts of a condition tell why it came true: what it looks at, and which entries of a list made it true. */
import { COMPREHENSIONS } from "./vocabulary.js";
import { type Expression, partsOf, textOf } from "./expression.js";

export const READINGS_MAX = 8;

/** A part of a condition that is read when its rule acts; as texts of the condition's language. */
export interface Reading {
  /** As the record has it. */
  readonly what: string;
  /** Of `exists`: the list whose entries are named for which the body is true. */
  readonly entries?: { readonly list: string; readonly name: string; readonly body: string };
}

/** Each part once, in the order of the condition. */
export function readingsOf(condition: Expression): readonly Reading[] {
  const all = within(condition);
  return [...new Map(all.map((each) => [each.what, each])).values()].slice(0, READINGS_MAX);
}

function within(expression: Expression): readonly Reading[] {
  switch (expression.op) {
    case "id":
    case ".":
    case "[]":
      return isPlain(expression) ? [{ what: textOf(expression) }] : partsOf(expression).flatMap(within);
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
function entriesThatMake(expression: Expression & { readonly op: "rcall" }): Reading {
  const [name, receiver, [entry, body]] = expression.args;
  if ((name !== "exists" && name !== "exists_one") || entry?.op !== "id" || body === undefined)
    return { what: textOf(expression) };
  const entries = { list: textOf(receiver), name: entry.args, body: textOf(body) };
  return { what: `${entries.list}.filter(${entries.name}, ${entries.body})`, entries };
}
