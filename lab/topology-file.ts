import { readFileSync } from "node:fs";
import { z } from "zod";
import { describeError, LocumError } from "../src/base/locum-error.js";
import { nearestNode, pathText, type LocatedNode } from "../src/model/configuration/located-node.js";
import { readYaml } from "../src/model/configuration/yaml-tree.js";
import { checkTopology, type Topology } from "./topology.js";

const interfacePlan = z.strictObject({
  switch: z.string(),
  addresses: z.array(z.string()).default([]),
  mac: z.string().optional(),
});

const hostPlan = z.strictObject({
  interfaces: z.record(z.string(), interfacePlan),
  gateway: z.string().optional(),
  parameters: z.record(z.string(), z.coerce.string()).optional(),
  run: z.array(z.string()).optional(),
});

const topology = z.strictObject({
  switches: z.array(z.string()),
  hosts: z.record(z.string(), hostPlan),
  trunks: z.array(z.tuple([z.string(), z.string()])).optional(),
});

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
  throw wrong(path, { line, column, message: `${pathText(steps) || "the file"}: ${issue?.message ?? "is wrong"}` });
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
