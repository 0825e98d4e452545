import { decodeBase64url, encodeBase64url } from "../../base/base64url.js";
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

/** Says what the line is, and leaves room for keys of another kind. */
const PREFIX = "locum1:";

/**
 * Reads a secret file: one key a line, `locum1:` and 32 bytes in base64url; empty lines and lines with `#` in front are
 * skipped. The first key seals, all of them open. So keys change without an outage in three steps, each on all nodes
 * before the next: add the new key as second; swap the two; remove the old one.
 */
export function parseSecretFile(text: string): Result<readonly Uint8Array[], SecretFileProblem> {
  const keys = new Map<string, Uint8Array>();
  for (const { line, word } of keyLines(text)) {
    const key = parseKey(word);
    if (key === undefined) return refused({ code: "secret.bad-key", line });
    if (keys.has(word)) return refused({ code: "secret.duplicate-key", line });
    if (keys.size === KEYS_MAX) return refused({ code: "secret.too-many-keys", line });
    keys.set(word, key);
  }
  return keys.size === 0 ? refused({ code: "secret.empty", line: 1 }) : ok([...keys.values()]);
}

/** The lines of a secret file that are to hold keys, counted from 1. */
export function keyLines(text: string): readonly { readonly line: number; readonly word: string }[] {
  return text
    .split("\n")
    .map((content, index) => ({ line: index + 1, word: content.trim() }))
    .filter(({ word }) => word !== "" && !word.startsWith("#"));
}

function parseKey(word: string): Uint8Array | undefined {
  const key = word.startsWith(PREFIX) ? decodeBase64url(word.slice(PREFIX.length)) : undefined;
  return key?.length === KEY_SIZE ? key : undefined;
}

/** One key as a line of the file. */
export const formatKey = (key: Uint8Array): string => PREFIX + encodeBase64url(key);

/** Writes a secret file that {@link parseSecretFile} reads. */
export function formatSecretFile(keys: readonly Uint8Array[]): string {
  return [
    "# The first key seals, all of them open. Keep this file to root: whoever reads it can be a node.",
    ...keys.map(formatKey),
    "",
  ].join("\n");
}
