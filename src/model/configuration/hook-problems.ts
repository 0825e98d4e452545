/** What is wrong with the names in `notify` and `checks`: events, services and nodes that there are not. */
import { unknownCodeAdvice } from "../codes.js";
import { clip } from "./clip.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, entriesOf } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import { type Reference, referenceProblems } from "./reference-problems.js";
import type { Survey } from "./survey.js";

export function hookProblems({ top, nodes, services }: Survey): ConfigurationProblem[] {
  const [hooks, checks] = [entriesOf(top, "notify"), entriesOf(top, "checks")];
  const node = { what: "node", known: nodes.map(({ name }) => name) } as const;
  const service = { what: "service", known: services.map(({ name }) => name) } as const;
  const problems = [
    ...hooks.flatMap((hook) => [
      ...entriesOf(hook, "codes").flatMap(codeProblems),
      ...listProblems(hook, "services", { owner: "The hook", ...service }),
      ...listProblems(hook, "nodes", { owner: "The hook", ...node }),
    ]),
    ...checks.flatMap((check) => listProblems(check, "nodes", { owner: "The check", ...node })),
  ];
  return problems.slice(0, LIMITS.problems);
}

const listProblems = (owner: LocatedNode, key: string, reference: Reference): ConfigurationProblem[] =>
  entriesOf(owner, key).flatMap((entry) => referenceProblems(entry, reference));

function codeProblems(entry: LocatedNode): ConfigurationProblem[] {
  const { value } = entry;
  const advice = typeof value === "string" ? unknownCodeAdvice(value) : undefined;
  if (typeof value !== "string" || advice === undefined) return [];
  const message = `"${clip(value)}" is no code of an event, and no area of codes`;
  return [problemAt(entry, { code: "unknown-code", message, advice })];
}
