/** What is wrong with the names in `with`, `apart` and `needs`, entry by entry. */
import { nearest } from "../../base/nearest.js";
import { LIMITS } from "./limits.js";
import { type LocatedNode, entriesOf } from "./located-node.js";
import { type ConfigurationProblem, problemAt } from "./problem.js";
import type { Named, Survey } from "./survey.js";

const RELATIONS = ["with", "apart", "needs"] as const;

interface Known {
  readonly services: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
}

export function relationProblems({ services }: Survey): ConfigurationProblem[] {
  const known: Known = {
    services: new Set(services.map(({ name }) => name)),
    labels: new Set(services.flatMap(({ entry }) => entriesOf(entry, "labels").flatMap(textOf))),
  };
  const problems = services.flatMap((service) => [
    ...ambiguousLabels(service, known),
    ...RELATIONS.flatMap((relation) =>
      entriesOf(service.entry, relation).flatMap((entry) => wrongName(entry, { relation, service, known })),
    ),
  ]);
  return problems.slice(0, LIMITS.problems);
}

const ambiguousLabels = ({ entry }: Named, { services }: Known): ConfigurationProblem[] =>
  entriesOf(entry, "labels").flatMap((label) =>
    textOf(label)
      .filter((text) => services.has(text))
      .map((text) =>
        problemAt(label, {
          code: "ambiguous-label",
          message: `The label "${text}" is the name of a service too`,
          advice: "Call one of the two otherwise",
        }),
      ),
  );

interface Use {
  readonly relation: (typeof RELATIONS)[number];
  readonly service: Named;
  readonly known: Known;
}

function wrongName(entry: LocatedNode, { relation, service, known }: Use): ConfigurationProblem[] {
  const [name] = textOf(entry);
  if (name === undefined) return [];
  if (name === service.name) {
    const message = `The service "${name}" names itself in \`${relation}\``;
    return [problemAt(entry, { code: "own-name", message, advice: "Remove it, or name the other service" })];
  }
  const possible = [...known.services, ...(relation === "apart" ? known.labels : [])];
  if (possible.includes(name)) return [];
  const meant = nearest(
    name,
    possible.filter((each) => each !== service.name),
  );
  return [
    problemAt(entry, {
      code: "unknown-service",
      message: `The service "${service.name}" names "${name}" in \`${relation}\`, which is no service${relation === "apart" ? " or label" : ""} of the file`,
      advice: meant === undefined ? "Add it under `services`, or remove it here" : `Did you mean "${meant}"?`,
    }),
  ];
}

const textOf = ({ value }: LocatedNode): readonly string[] => (typeof value === "string" ? [value] : []);
