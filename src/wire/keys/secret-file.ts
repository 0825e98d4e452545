import { ok, refused, type Result } from "../../base/result.js";

/** Bytes of a key. */
export const KEY_SIZE = 32;
/** Two are enough for a change of keys; more are a mistake. */
export const KEYS_MAX = 8;

/** What is wrong with a secret file; `line` counts from 1. Never quotes the text, which may be most of a key. */
export interface SecretFileProblem {
  readonly code: "secret.empty" | "secret.bad-key" | "secret.duplicate-key" | "secret.too-many-keys";
  readonly line: number;
}

const KEY = /^[0-9a-f]{64}$/i;

/**
 * Reads a secret file: one key of 64 hexadecimal digits a line; empty lines and lines with `#` in front are skipped.
 * The first key seals, all of them open. So keys change without an outage in three steps, each on all nodes before the
 * next: add the new key as last line; move it to the first line; remove the old one.
 */
export function parseSecretFile(text: string): Result<readonly Uint8Array[], SecretFileProblem> {
  const keys = new Map<string, Uint8Array>();
  for (const [index, line] of text.split("\n").entries()) {
    const word = line.trim();
    if (word === "" || word.startsWith("#")) continue;
    const code = problemOf(word, keys);
    if (code !== undefined) return refused({ code, line: index + 1 });
    keys.set(word.toLowerCase(), parseKey(word));
  }
  return keys.size === 0 ? refused({ code: "secret.empty", line: 1 }) : ok([...keys.values()]);
}

function problemOf(word: string, before: ReadonlyMap<string, Uint8Array>): SecretFileProblem["code"] | undefined {
  if (!KEY.test(word)) return "secret.bad-key";
  if (before.has(word.toLowerCase())) return "secret.duplicate-key";
  return before.size === KEYS_MAX ? "secret.too-many-keys" : undefined;
}

const parseKey = (word: string): Uint8Array =>
  Uint8Array.from({ length: KEY_SIZE }, (_, index) => Number.parseInt(word.slice(2 * index, 2 * index + 2), 16));

/** Writes a secret file that {@link parseSecretFile} reads. */
export function formatSecretFile(keys: readonly Uint8Array[]): string {
  const lines = keys.map((key) => Array.from(key, (byte) => byte.toString(16).padStart(2, "0")).join(""));
  return [
    "# The first key seals, all of them open. Keep this file to root: whoever reads it can be a node.",
    ...lines,
    "",
  ].join("\n");
}
