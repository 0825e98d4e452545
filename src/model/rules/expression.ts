/** Walks through the parts of a parsed condition. */
import { type ASTNode, serialize } from "@marcbachmann/cel-js";

export type Expression = ASTNode;

/** The expressions directly within one. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.op) {
    case "value":
    case "id":
      return [];
    case ".":
    case ".?":
      return [expression.args[0]];
    case "call":
      return expression.args[1];
    case "rcall":
      return [expression.args[1], ...expression.args[2]];
    case "map":
      return expression.args.flat();
    case "!_":
    case "-_":
      return [expression.args];
    default:
      return expression.args;
  }
}

/** The function that an expression calls; undefined for any other. */
export const functionOf = (expression: Expression): string | undefined =>
  expression.op === "call" || expression.op === "rcall" ? expression.args[0] : undefined;

/** Every expression within one, itself first. */
export function* allWithin(expression: Expression): Generator<Expression> {
  yield expression;
  for (const part of partsOf(expression)) yield* allWithin(part);
}

/**
 * How it would be written. The range of a node is no help: it leaves out the parentheses at its ends, and with them the part
 * means something else, or nothing.
 */
export const textOf = (expression: Expression): string => serialize(expression);
