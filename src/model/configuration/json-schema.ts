import * as z from "zod";
import type { Path } from "./located-node.js";
import { clusterFile } from "./schema.js";

/** The part of JSON Schema that the cluster file's schema uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The JSON Schema of the cluster file as it is written, for editors. */
export const clusterJsonSchema = (): JsonSchema => ({
  ...(z.toJSONSchema(clusterFile, { io: "input", target: "draft-7" }) as JsonSchema),
  title: "Locum cluster file",
});

/** The keys that the map at a path may have. */
export const keysAt = (schema: JsonSchema, path: Path): readonly string[] =>
  formsAt(schema, path).flatMap((form) => Object.keys(form.properties ?? {}));

/** The key of the map at a path below which an entry with these keys belongs; undefined when there is none. */
export function homeOf(schema: JsonSchema, path: Path, keys: readonly string[]): string | undefined {
  if (keys.length === 0) return undefined;
  return keysAt(schema, path).find((home) => {
    const known = new Set(keysAt(schema, [...path, home, ANY_NAME]));
    return keys.every((key) => known.has(key));
  });
}

/** No key of any map of the schema, so that it stands for a name that the user chose. */
const ANY_NAME = "-";

function formsAt(schema: JsonSchema, path: Path): readonly JsonSchema[] {
  let forms: readonly JsonSchema[] = [schema];
  for (const step of path) forms = forms.flatMap((form) => alternatives(form).flatMap((one) => below(one, step)));
  return forms.flatMap(alternatives);
}

const alternatives = (form: JsonSchema): readonly JsonSchema[] => form.anyOf ?? [form];

function below(form: JsonSchema, step: string | number): readonly JsonSchema[] {
  const { properties = {}, additionalProperties, items } = form;
  if (typeof step === "number") return items === undefined ? [] : [items];
  const named = Object.hasOwn(properties, step) ? properties[step] : undefined;
  if (named !== undefined) return [named];
  return typeof additionalProperties === "object" ? [additionalProperties] : [];
}
