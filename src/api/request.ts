import type { IncomingMessage } from "node:http";
import { problem } from "./problem.js";

/** The largest request body; every command fits many times. */
export const BODY_BYTES_MAX = 4_096;

/** The whole body as text. @throws {LocumError} when it is larger than {@link BODY_BYTES_MAX}. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_BYTES_MAX) throw problem("body-too-large", `The body is larger than ${BODY_BYTES_MAX} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** One string field of a JSON object, which has no other. @throws {LocumError} when the body is anything else. */
export function stringField(body: string, field: string): string {
  const wanted = `The body must be {"${field}": "…"}`;
  const value = objectBody(body, wanted);
  const [key, ...others] = Object.keys(value);
  const content: unknown = Object.values(value)[0];
  if (key !== field || others.length > 0 || typeof content !== "string") throw problem("bad-request", wanted);
  return content;
}

/** A JSON object. @throws {LocumError} that says what is wanted, when the body is anything else. */
export function objectBody(body: string, wanted: string): Readonly<Record<string, unknown>> {
  const content = body.trim() === "" ? undefined : parseJson(body);
  if (typeof content !== "object" || content === null || Array.isArray(content)) throw problem("bad-request", wanted);
  return content as Readonly<Record<string, unknown>>;
}

/** Any JSON. @throws {LocumError} when the body is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw problem("bad-request", `The body is not JSON: ${(cause as Error).message}`);
  }
}

/** Refuses query parameters that the route doesn't know, so that a typing error is no silent change of meaning. */
export function checkQuery(query: URLSearchParams, known: readonly string[]): void {
  for (const key of query.keys()) {
    if (known.includes(key)) continue;
    const advice = known.length === 0 ? "This path takes none" : `This path takes: ${known.join(", ")}`;
    throw problem("bad-request", `Unknown query parameter "${key}"`, advice);
  }
}

/** Whether a switch is `true`; it is off when it isn't given. */
export function flag(query: URLSearchParams, key: string): boolean {
  const text = query.get(key);
  if (text === null || text === "false") return false;
  if (text === "true") return true;
  throw problem("bad-request", `"${key}" must be true or false, not "${text}"`);
}

/** A whole number within bounds; undefined when it isn't given. */
export function wholeNumber(
  query: URLSearchParams,
  key: string,
  bounds: { readonly min: number; readonly max: number },
): number | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= bounds.min && value <= bounds.max) return value;
  throw problem("bad-request", `"${key}" must be a whole number from ${bounds.min} to ${bounds.max}, not "${text}"`);
}

/** A time of day in milliseconds since 1970; undefined when it isn't given. */
export function timeOf(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key);
  if (text === null) return undefined;
  const value = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw problem("bad-request", `"${key}" must be a time in ISO 8601 such as 2026-01-31T12:00:00Z, not "${text}"`);
}
