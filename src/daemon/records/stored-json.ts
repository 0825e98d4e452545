/** A JSON object whose members are not yet checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value of a JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

export const isText = (value: unknown): value is string => typeof value === "string";

export const isTextList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isText);

/** Those members of an object that may be missing; undefined when one of them is there and is not what it should be. */
export function readOptional<Members extends object>(
  item: JsonObject,
  checks: { readonly [Name in keyof Members & string]: (value: unknown) => value is Members[Name] },
): Partial<Members> | undefined {
  const found: Partial<Members> = {};
  for (const name of Object.keys(checks) as (keyof Members & string)[]) {
    const value = item[name];
    if (value === undefined) continue;
    if (!checks[name](value)) return undefined;
    found[name] = value;
  }
  return found;
}

/** All items as `read` understands them; undefined when the value is no list or one of them is not understood. */
export function readList<Item>(
  value: unknown,
  read: (item: JsonObject) => Item | undefined,
): readonly Item[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items = value.map((item: unknown) => (isJsonObject(item) ? read(item) : undefined));
  return items.every((item) => item !== undefined) ? items : undefined;
}
