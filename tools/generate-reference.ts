/**
 * Writes the reference page and the JSON Schema of the cluster file, the pages of findings and of what rules can speak of.
 * Usage: node dist/tools/generate-reference.js [--check]; with --check it writes nothing and fails when they are stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { clusterJsonSchema } from "../src/model/configuration/json-schema.js";
import { findingsPage } from "./findings-page.js";
import { referencePage } from "./reference-page.js";
import { ruleFieldsPage } from "./rule-fields-page.js";

const schema = clusterJsonSchema();
const FILES = [
  { path: "docs/configuration.md", content: referencePage(schema) },
  { path: "docs/rule-fields.md", content: ruleFieldsPage() },
  { path: "docs/findings.md", content: findingsPage() },
  { path: "docs/schema/cluster.schema.json", content: `${formatJson(schema)}\n` },
];

/** As the formatter does it: a list of words on one line. */
function formatJson(value: unknown): string {
  const words = /\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g;
  return JSON.stringify(value, null, 2).replace(words, (_, list: string) => `[${list.replace(/\s+/g, " ")}]`);
}

const absolute = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

function current(path: string): string {
  try {
    return readFileSync(absolute(path), "utf8");
  } catch {
    return "";
  }
}

function write(path: string, content: string): void {
  mkdirSync(dirname(absolute(path)), { recursive: true });
  writeFileSync(absolute(path), content);
}

if (process.argv.includes("--check")) {
  const stale = FILES.filter(({ path, content }) => current(path) !== content);
  for (const { path } of stale) console.error(`${path} is stale: run node dist/tools/generate-reference.js`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const { path, content } of FILES) write(path, content);
}
