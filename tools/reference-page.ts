/** The reference of the cluster file, written from its schema, so that what operators read is what the agent reads. */
import { CHECK_PROBLEMS, SECRET_PROBLEMS } from "../src/model/configuration/check-problem.js";
import type { JsonSchema } from "../src/model/configuration/json-schema.js";
import { LIMITS } from "../src/model/configuration/limits.js";
import { CONFIGURATION_PROBLEMS } from "../src/model/configuration/problem.js";
import { CHECKING, CLOSING, OPENING } from "./reference-texts.js";

/** The page in Markdown. */
export const referencePage = (schema: JsonSchema): string =>
  [
    OPENING,
    "## Keys",
    ...keySections("", schema),
    CLOSING,
    "## Limits",
    table(
      ["At most", ""],
      Object.entries(LIMIT_WORDS).map(([limit, words]) => [number(LIMITS[limit as Limit]), words]),
    ),
    CHECKING,
    "### In the file",
    codeTable(CONFIGURATION_PROBLEMS),
    "### On the machine",
    codeTable(CHECK_PROBLEMS),
    "### In the file of the secret",
    codeTable(SECRET_PROBLEMS),
  ].join("\n\n") + "\n";

type Limit = keyof typeof LIMITS;

const LIMIT_WORDS: Readonly<Partial<Record<Limit, string>>> = {
  nodes: "nodes",
  networks: "networks",
  services: "services",
  addressesPerService: "addresses of one service",
  addresses: "service addresses in the cluster",
  pingTargetsPerNetwork: "ping targets of one network",
  pathGroupsPerNode: "path groups of one node",
  programsPerService: "programs of one service",
  programs: "programs in the cluster",
  trunkMembers: "members of one trunk",
  pingTargetsPerPath: "ping targets of one path group",
  resources: "resources in the capacity of a node or the size of a service",
  relationsPerService: "names in one list of `with`, `apart` or `needs`",
  apartPairs: "pairs of services apart from each other, labels counted by the services that have them",
  fileBytes: "bytes of the file",
  depth: "levels of maps and lists",
  aliases: "YAML aliases",
};

const number = (count: number): string => count.toLocaleString("en-US");

const codeTable = (codes: Readonly<Record<string, string>>): string =>
  table(
    ["Code", "Means"],
    Object.entries(codes).map(([code, meaning]) => [`\`${code}\``, meaning]),
  );

/** A section for every key of a map, and for those of the maps inside it. */
function keySections(prefix: string, schema: JsonSchema): string[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([key, form]) => [
    keySection(prefix + key, form, required.has(key)),
    ...inner(prefix + key, form),
  ]);
}

function inner(path: string, form: JsonSchema): string[] {
  const { additionalProperties: entries, items } = form;
  return [
    ...keySections(`${path}.`, form),
    ...(typeof entries === "object" ? inner(`${path}.${form.propertyNames?.title ?? "NAME"}`, entries) : []),
    ...(items === undefined ? [] : inner(`${path}[]`, items)),
    ...(form.anyOf ?? []).flatMap((one) => inner(path, one)),
  ];
}

function keySection(path: string, form: JsonSchema, required: boolean): string {
  return `### \`${path}\`\n\n_${kindOf(form)}; ${presence(form, required)}._ ${form.description ?? ""}`;
}

function presence(form: JsonSchema, required: boolean): string {
  if (required) return "required";
  return form.default === undefined ? "optional" : `default \`${yamlOf(form.default)}\``;
}

const yamlOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function kindOf(form: JsonSchema): string {
  if (form.anyOf !== undefined) return form.anyOf.map(kindOf).join(" or ");
  if (form.enum !== undefined) return form.enum.map((word) => `\`${String(word)}\``).join(", ");
  if (form.type === "array")
    return `list of ${form.items === undefined ? "values" : kindOf(form.items)}${counts(form.minItems, form.maxItems)}`;
  if (form.type === "object") return mapKind(form);
  if (form.type === "integer") return `whole number${range(form)}`;
  return form.type === "boolean" ? "`true`, `false`" : (form.title ?? "text");
}

const mapKind = (form: JsonSchema): string =>
  form.properties === undefined
    ? `map from ${form.propertyNames?.title ?? "NAME"} to ${typeof form.additionalProperties === "object" ? kindOf(form.additionalProperties) : "values"}`
    : `map with ${Object.keys(form.properties)
        .map((key) => `\`${key}\``)
        .join(", ")}`;

const counts = (min: number | undefined, max: number | undefined): string =>
  max === undefined ? "" : ` (${min ?? 0} to ${number(max)})`;

const range = ({ minimum, maximum }: JsonSchema): string =>
  minimum === undefined || maximum === undefined ? "" : ` from ${minimum} to ${maximum}`;

/** Columns are padded as the formatter does it, so that the page passes the format check. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(heading), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
