import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KEYS_MAX, KEY_SIZE, formatKey, formatSecretFile, parseSecretFile } from "./secret-file.js";

const key = (fill: number): Uint8Array => new Uint8Array(KEY_SIZE).fill(fill);

test("reads what it writes, in order, around comments and empty lines", () => {
  const text = `\n# ours\n  ${formatKey(key(1))} \r\n\n#${formatKey(key(9))}\n${formatKey(key(2))}`;
  assert.deepEqual(parseSecretFile(text), { ok: true, value: [key(1), key(2)] });
  assert.deepEqual(parseSecretFile(formatSecretFile([key(3)])), { ok: true, value: [key(3)] });
});

test("names what is wrong and its line", () => {
  const one = formatKey(key(1));
  const many = Array.from({ length: KEYS_MAX + 1 }, (_, index) => formatKey(key(index))).join("\n");
  const cases: [text: string, code: string, line: number][] = [
    ["", "secret.empty", 1],
    ["# locum1:\n", "secret.empty", 1],
    [`${one}\n\n${one}`, "secret.duplicate-key", 3],
    [`${one}\nlocum1:short`, "secret.bad-key", 2],
    [`${one}AA`, "secret.bad-key", 1],
    [one.replace("locum1", "locum2"), "secret.bad-key", 1],
    ["0".repeat(64), "secret.bad-key", 1],
    [many, "secret.too-many-keys", KEYS_MAX + 1],
  ];
  for (const [text, code, line] of cases) {
    assert.deepEqual(parseSecretFile(text), { ok: false, problem: { code, line } }, code);
  }
});

test("any text gives keys or a problem, and the problem has none of the text", () => {
  const text = fc.string({ unit: fc.constantFrom("locum1:", "A", "a", "_", "#", "\n", " ", "é"), maxLength: 300 });
  fc.assert(
    fc.property(text, (content) => {
      const parsed = parseSecretFile(content);
      if (!parsed.ok) assert.deepEqual(Object.keys(parsed.problem), ["code", "line"]);
    }),
  );
});
