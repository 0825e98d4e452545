import { readFileSync } from "node:fs";
import { z } from "zod";
import { describeError, LocumError } from "../src/base/locum-error.js";
import { nearestNode, nodeAt, pathText, type LocatedNode } from "../src/model/configuration/located-node.js";
import { readYaml } from "../src/model/configuration/yaml-tree.js";
import { checkTopology, type Topology } from "./topology.js";

/** What a value should be, in words that follow "not". */
const text = (what: string): z.ZodString => z.string({ error: what });
const list = (what: string, entry: string): z.ZodArray<z.ZodString> => z.array(text(entry), { error: what });

const interfacePlan = z.strictObject(
  {
    switch: text("the name of a switch"),
    addresses: list("a list of addresses, as in [10.1.1.1/24]", "an address, as in 10.1.1.1/24").default([]),
    mac: text("a MAC, in quotes").optional(),
  },
  { error: "a map with `switch` and `addresses`" },
);

const hostPlan = z.strictObject(
  {
    interfaces: z.record(z.string(), interfacePlan, { error: "a map from interface names to interfaces" }),
    gateway: text("an address").optional(),
    parameters: z.record(z.string(), z.coerce.string(), { error: "a map from kernel parameters to values" }).optional(),
    run: list("a list: a program, and its arguments", "an argument, in quotes").optional(),
  },
  { error: "a map with `interfaces`" },
);

const topology = z.strictObject(
  {
    switches: list("a list of switch names", "the name of a switch"),
    hosts: z.record(z.string(), hostPlan, { error: "a map from host names to hosts" }),
    trunks: z
      .array(z.tuple([text("the name of a switch"), text("the name of a switch")], { error: "a pair of switches" }), {
        error: "a list of pairs of switches, as in [[a, b]]",
      })
      .optional(),
  },
  { error: "a map with `switches` and `hosts`" },
);

/** Code of every error in a topology file: for the operator to correct. */
export const TOPOLOGY_FILE_WRONG = "lab.topology-file";

/** Reads a topology from a YAML file. @throws {LocumError} that names file, line and column of the first error. */
export function loadTopology(path: string): Topology {
  const tree = readYaml(readText(path));
  if (!tree.ok) throw wrong(path, tree.problem[0] ?? { line: 1, column: 1, message: "The file is empty" });
  const [duplicate] = tree.value.problems;
  if (duplicate !== undefined) throw wrong(path, duplicate);
  return check(parse(path, tree.value.top), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const message = `Cannot read the topology file ${path}: ${describeError(cause)}`;
    throw new LocumError({ code: TOPOLOGY_FILE_WRONG, message }, cause);
  }
}

function parse(path: string, top: LocatedNode): Topology {
  const parsed = topology.safeParse(top.value);
  if (parsed.success) return withoutUndefined(parsed.data);
  const [issue] = parsed.error.issues;
  const steps = (issue?.path ?? []).filter((step) => typeof step !== "symbol");
  const { line, column } = nearestNode(top, steps).keyAt;
  const place = pathText(steps) || "the file";
  throw wrong(path, {
    line,
    column,
    message: issue === undefined ? `${place} is wrong` : wordsOf(issue, place, top, steps),
  });
}

function wordsOf(
  issue: z.core.$ZodIssue,
  place: string,
  top: LocatedNode,
  steps: readonly (string | number)[],
): string {
  if (issue.code === "unrecognized_keys")
    return `${place} has the key ${issue.keys.join(", ")}, which does not exist there`;
  return nodeAt(top, steps) === undefined
    ? `${place} is missing: ${issue.message}`
    : `${place} is not ${issue.message}`;
}

/** zod states absent keys as undefined; our types have them absent. */
const withoutUndefined = (value: z.infer<typeof topology>): Topology => JSON.parse(JSON.stringify(value)) as Topology;

function check(plan: Topology, path: string): Topology {
  try {
    checkTopology(plan);
    return plan;
  } catch (cause) {
    throw new LocumError({ code: TOPOLOGY_FILE_WRONG, message: `${path}: ${describeError(cause)}` }, cause);
  }
}

interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const wrong = (path: string, { line, column, message }: Problem): LocumError =>
  new LocumError({ code: TOPOLOGY_FILE_WRONG, message: `${path}:${line}:${column}: ${message}` });
