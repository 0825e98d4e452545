/** The page of what conditions can speak of, written from the vocabulary that they are checked against. */
import {
  RULE_FUNCTIONS,
  RULE_TYPES,
  RULE_VARIABLES,
  type RuleFields,
  SCOPE_VARIABLES,
} from "../src/model/rules/vocabulary.js";
import { table } from "./reference-page.js";

const OPENING = `# What conditions of rules can speak of

<!-- Written by tools/generate-reference.ts from src/model/rules/vocabulary.ts. -->

[rules.md](rules.md) tells what rules are. A condition starts from one of these:`;

/** The page in Markdown. */
export const ruleFieldsPage = (): string =>
  [
    OPENING,
    fieldTable({ ...RULE_VARIABLES, ...SCOPE_VARIABLES.node, ...SCOPE_VARIABLES.service }),
    "`node` is there in rules with `each: node`, `service` in rules with `each: service`.",
    ...Object.entries(RULE_TYPES)
      .toReversed()
      .map(([name, fields]) => `## ${name}\n\n${fieldTable(fields)}`),
    "## Functions",
    `Beside the operators of CEL: ${[...RULE_FUNCTIONS].map((name) => `\`${name}\``).join(", ")}.`,
  ].join("\n\n") + "\n";

const fieldTable = (fields: RuleFields): string =>
  table(
    ["Name", "Type", "What it is"],
    Object.entries(fields).map(([name, { type, means }]) => [`\`${name}\``, `\`${type}\``, means]),
  );
