/**
 * Parameters of resource and fence agents are texts, and may be written as numbers: then YAML must not have made another text
 * of them, as it does of `0022`, `0x1F` and `1.50`.
 */
import { clip } from "./clip.js";
import { type LocatedNode, entriesOf } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import type { Survey } from "./survey.js";

export const parameterProblems = ({ top, nodes, services }: Survey, text: string): ConfigurationProblem[] => [
  ...services
    .flatMap(({ entry }) => entriesOf(entry, "programs"))
    .flatMap((program) => entriesOf(program, "params"))
    .flatMap((parameter) => alteredNumber(parameter, text)),
  ...[top, ...nodes.map(({ entry }) => entry)]
    .flatMap((section) => entriesOf(section.children.get("fence"), "methods"))
    .flatMap((method) => entriesOf(method, "parameters"))
    .flatMap((parameter) => alteredNumber(parameter, text)),
];

function alteredNumber(parameter: LocatedNode, text: string): ConfigurationProblem[] {
  const { value, range } = parameter;
  if (typeof value !== "number" || range === undefined) return [];
  const written = text.slice(...range);
  if (written === String(value)) return [];
  return [
    problemAt(parameter, {
      code: "wrong-type",
      message: `YAML takes ${clip(written)} for the number ${value}`,
      advice: `Put it in quotes: "${clip(written)}"`,
    }),
  ];
}
