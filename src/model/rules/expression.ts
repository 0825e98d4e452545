/** Walks through the parts of a parsed condition. */
import type { ASTNode } from "@marcbachmann/cel-js";

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

export const textOf = ({ input, start, end }: Expression): string => input.slice(start, end);
