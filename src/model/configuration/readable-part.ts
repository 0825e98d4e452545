/** A file without the parts that its shape is wrong in, for who looks at what is right in it: each as small as can be. */
import type * as z from "zod";
import { type ClusterFile, clusterFile } from "./schema.js";

/** Without one part another may be missing, and so on outwards. */
const ROUNDS_MAX = 5;

/** @returns undefined where nothing of use is left */
export function readablePart(value: unknown): ClusterFile | undefined {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const parsed = clusterFile.safeParse(copy);
    if (parsed.success) return parsed.data;
    const paths = parsed.error.issues.flatMap(pathsOf);
    if (!paths.every((path) => takeOut(copy, path))) return undefined;
  }
  return undefined;
}

const pathsOf = (issue: z.core.$ZodIssue): readonly (readonly PropertyKey[])[] =>
  issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];

/** Takes out what stands there; where nothing does, what lacks it; of a list, all. @returns whether anything is left */
function takeOut(file: unknown, path: readonly PropertyKey[]): boolean {
  const key = path.at(-1);
  if (key === undefined) return false;
  const parent = path.slice(0, -1).reduce<unknown>((value, each) => memberOf(value, each), file);
  const isThere = typeof parent === "object" && parent !== null && !Array.isArray(parent) && Object.hasOwn(parent, key);
  return isThere ? Reflect.deleteProperty(parent, key) : takeOut(file, path.slice(0, -1));
}

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
