import { nearest } from "../../base/nearest.js";
import { clip } from "./clip.js";
import type { LocatedNode } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";

export interface Reference {
  /** Who names it, as in `The rule`. */
  readonly owner: string;
  readonly what: "node" | "service";
  readonly known: readonly string[];
}

/** What is wrong with the name of a node or service. A file without any is told of that alone. */
export function referenceProblems(entry: LocatedNode, reference: Reference): ConfigurationProblem[] {
  const { value } = entry;
  const { owner, what, known } = reference;
  if (typeof value !== "string" || known.length === 0 || known.includes(value)) return [];
  const candidate = nearest(value, known);
  return [
    problemAt(entry, {
      code: what === "node" ? "unknown-node" : "unknown-service",
      message: `${owner} names the ${what} "${clip(value)}", which is not in the file`,
      advice: candidate === undefined ? `Name one that stands under \`${what}s\`` : `Did you mean "${candidate}"?`,
    }),
  ];
}
