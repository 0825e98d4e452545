/** The reference and the JSON Schema say what the schema says, and every YAML example of the documents loads. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import * as z from "zod";
import { clusterJsonSchema } from "./json-schema.js";
import { parseCluster } from "./parse-cluster.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const DOCUMENTS = ["README.md", ...markdownIn("docs")].filter((path) => existsSync(join(ROOT, path)));
const SAMPLES = join(ROOT, "test/corpus/configuration");

function markdownIn(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(directory, name))
    .toSorted();
}

const yamlBlocks = (path: string): string[] =>
  [...readFileSync(join(ROOT, path), "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, block = ""]) => block);

/** A block that is a part of a file is completed by what every file needs. */
function completed(block: string): string {
  const needed = {
    cluster: "cluster: example\n",
    nodes: "nodes:\n  web1: { networks: { a: 10.1.1.1 } }\n  web2: { networks: { a: 10.1.1.2 } }\n",
  };
  const missing = Object.entries(needed).filter(([key]) => !new RegExp(`^${key}:`, "m").test(block));
  return block + missing.map(([, text]) => text).join("");
}

function problemsIn(text: string): string[] {
  const parsed = parseCluster(text, { directory: "/etc/locum", hash: () => "" });
  return parsed.ok ? [] : parsed.problem.map(({ line, code, message }) => `${line}: ${code} ${message}`);
}

test("the generated pages and the JSON Schema are up to date", () => {
  const generator = join(ROOT, "dist/tools/generate-reference.js");
  const { status, stderr } = spawnSync(process.execPath, [generator, "--check"], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

for (const path of DOCUMENTS) {
  const blocks = yamlBlocks(path);
  for (const [index, block] of blocks.entries()) {
    test(`example ${index + 1} of ${path} loads`, () => assert.deepEqual(problemsIn(completed(block)), []));
  }
}

for (const name of readdirSync(SAMPLES).filter((file) => file.endsWith(".yaml"))) {
  test(`the sample ${name} loads, and editors find it good`, () => {
    const text = readFileSync(join(SAMPLES, name), "utf8");
    assert.deepEqual(problemsIn(text), []);
    assert.ok(validInEditor(parse(text)));
  });
}

test("editors find the mistakes that the JSON Schema can tell", () => {
  const good = parse(readFileSync(join(SAMPLES, "shop.yaml"), "utf8"));
  const withGroup = (group: object): object => ({
    ...good,
    nodes: { ...good.nodes, web1: { ...good.nodes.web1, paths: { lan: group } } },
  });
  assert.ok(validInEditor(withGroup({ primary: "eth0", secondary: { members: ["eth1"] } })));
  const bad = [
    { ...good, detecton: "lan" },
    { ...good, detection: "lam" },
    { ...good, detection: { interval: "25 ms", timeout: "100ms" } },
    { ...good, port: 0 },
    { ...good, nodes: { web1: good.nodes.web1 } },
    { ...good, nodes: { ...good.nodes, "-web": good.nodes.web1 } },
    { ...good, services: { shop: { ...good.services.shop, nodes: [] } } },
    { ...good, services: { shop: { ...good.services.shop, failback: "yes" } } },
    withGroup({ primary: "eth0" }),
    withGroup({ primary: "eth0", secondary: "eth1", standby: "hot" }),
    withGroup({ primary: "eth0", secondary: "eth1", monitor: { timeout: "1s" } }),
    { nodes: good.nodes },
  ];
  for (const content of bad) assert.ok(!validInEditor(content), JSON.stringify(content));
});

/** By a reader of JSON Schema that knows nothing of our checks. */
function validInEditor(content: unknown): boolean {
  const schema = JSON.parse(JSON.stringify(clusterJsonSchema()));
  return z.fromJSONSchema(schema).safeParse(content).success;
}
