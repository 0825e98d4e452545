/**
 * The most steps that a condition can take with the nodes and services of a file. CEL has no loops but those through a
 * list or map, so that the cost is known before anything is evaluated: a condition that could hold the agent up is
 * refused with the file.
 */
import { type Expression, functionOf, partsOf } from "./expression.js";
import { COMPREHENSIONS, type Extent, RULE_TYPES, RULE_VARIABLES, type RuleFields } from "./vocabulary.js";

export type Extents = Readonly<Record<Extent, number>>;

/** Of one condition; some milliseconds. */
export const CONDITION_STEPS_MAX = 50_000;
/** Of all conditions together: what one look at the view may take. */
export const CONDITIONS_STEPS_MAX = 200_000;

const FIELDS: readonly RuleFields[] = [RULE_VARIABLES, ...Object.values(RULE_TYPES)];

/** Fields of one name list things of one kind, whatever they belong to; of two kinds the larger counts. */
const EXTENTS_BY_NAME: ReadonlyMap<string, readonly Extent[]> = new Map(
  FIELDS.flatMap((fields) => Object.keys(fields)).map((name) => [
    name,
    FIELDS.flatMap((fields) => (Object.hasOwn(fields, name) ? (fields[name]?.extent ?? []) : [])),
  ]),
);

/** Operators that may go through a whole list. */
const THROUGH_ALL: ReadonlySet<Expression["op"]> = new Set(["in", "==", "!=", "+"] as const);

export function stepsOf(expression: Expression, extents: Extents): number {
  const parts = partsOf(expression);
  const name = functionOf(expression);
  if (expression.op !== "rcall" || name === undefined || !COMPREHENSIONS.has(name)) {
    const own = THROUGH_ALL.has(expression.op) ? Math.max(1, ...parts.map((part) => lengthOf(part, extents))) : 1;
    return parts.reduce((sum, part) => sum + stepsOf(part, extents), own);
  }
  const [, receiver, bodies] = expression.args;
  const each = bodies.reduce((sum, body) => sum + stepsOf(body, extents), 1);
  return 1 + stepsOf(receiver, extents) + rangeOf(receiver, extents) * each;
}

/** How much a comprehension goes through: what is not known to be short may be the longest that there is. */
const rangeOf = (expression: Expression, extents: Extents): number =>
  lengthOf(expression, extents) || Math.max(...Object.values(extents));

/** The most entries of a list or map; 0 for anything else. */
function lengthOf(expression: Expression, extents: Extents): number {
  switch (expression.op) {
    case "id":
      return extentOf(expression.args, extents);
    case ".":
      return extentOf(expression.args[1], extents);
    case "list":
    case "map":
      return expression.args.length;
    case "+":
      return expression.args.reduce((sum, part) => sum + lengthOf(part, extents), 0);
    case "?:":
      return Math.max(...expression.args.slice(1).map((part) => lengthOf(part, extents)));
    case "rcall":
      return ["filter", "map"].includes(expression.args[0]) ? rangeOf(expression.args[1], extents) : 0;
    default:
      return 0;
  }
}

const extentOf = (name: string, extents: Extents): number =>
  Math.max(0, ...(EXTENTS_BY_NAME.get(name) ?? []).map((extent) => extents[extent]));
