/**
 * A file without what is wrong in it, as far as that has no part in who can be where: what can never be is then told
 * along with simpler mistakes, and not only once those are mended.
 */
import type * as z from "zod";
import type { ConfigurationProblemCode } from "./problem.js";
import { type ClusterFile, clusterFile } from "./schema.js";

/** Problems after which nothing can be said of who can be where: a name in them is another one than was meant. */
const OBSCURING: ReadonlySet<ConfigurationProblemCode> = new Set<ConfigurationProblemCode>([
  "unknown-node",
  "duplicate-node",
  "unknown-service",
  "own-name",
  "ambiguous-label",
  "name-collision",
  "duplicate-key",
  "bad-name",
  "too-many",
]);

export const isObscuring = (problem: { readonly code: ConfigurationProblemCode }): boolean =>
  OBSCURING.has(problem.code);

/** What places a service, and a node as a place. */
const SERVICE_KEYS: ReadonlySet<unknown> = new Set([
  "nodes",
  "size",
  "priority",
  "spread",
  "labels",
  "with",
  "apart",
  "needs",
]);
const OTHER_SECTIONS: ReadonlySet<unknown> = new Set([
  "secretFile",
  "port",
  "detection",
  "damping",
  "networks",
  "rules",
  "checks",
  "notify",
]);
/** For addresses that are wrong: without any, a service would be wrong as a whole. */
const SOME_ADDRESSES: readonly string[] = ["192.0.2.1/24"];

/** The file without the parts that the issues are about; undefined where one of them places something. */
export function withoutIssues(value: unknown, issues: readonly z.core.$ZodIssue[]): ClusterFile | undefined {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  for (const issue of issues) {
    const paths = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    if (!paths.every((path) => setAside(copy, path))) return undefined;
  }
  const parsed = clusterFile.safeParse(copy);
  return parsed.success ? parsed.data : undefined;
}

/** @returns whether it has no part in who can be where */
function setAside(file: unknown, [section, name, key]: readonly PropertyKey[]): boolean {
  if (OTHER_SECTIONS.has(section)) return drop(file, section);
  if (section === "nodes") return key === "paths" && drop(at(at(file, section), name), key);
  if (section !== "services" || key === undefined || SERVICE_KEYS.has(key)) return false;
  const service = at(at(file, section), name);
  if (key !== "addresses") return drop(service, key);
  return isRecord(service) && Reflect.set(service, key, SOME_ADDRESSES);
}

const isRecord = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const at = (value: unknown, key: PropertyKey | undefined): unknown =>
  isRecord(value) && key !== undefined && Object.hasOwn(value, key) ? value[key] : undefined;

const drop = (value: unknown, key: PropertyKey | undefined): boolean =>
  isRecord(value) && key !== undefined && Reflect.deleteProperty(value, key);
