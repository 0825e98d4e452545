import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editDistance, nearest } from "./nearest.js";

test("finds what was meant, and nothing where nothing is close", () => {
  const keys = ["cluster", "secretFile", "port", "detection", "damping", "networks", "nodes", "services"];
  const cases: [string, string | undefined][] = [
    ["detecton", "detection"],
    ["dectetion", "detection"],
    ["Ports", "port"],
    ["secretfile", "secretFile"],
    ["node", "nodes"],
    ["colour", undefined],
    ["x", undefined],
    ["", undefined],
  ];
  for (const [word, meant] of cases) assert.equal(nearest(word, keys), meant, word);
});

test("counts the steps from one word to the other", () => {
  const cases: [string, string, number][] = [
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
  ];
  for (const [a, b, steps] of cases) assert.equal(editDistance(a, b), steps, `${a} ${b}`);
});

test("is the same both ways, 0 for equals only, and never more than the longer word", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance, editDistance(b, a));
      assert.equal(distance === 0, a === b);
      assert.ok(distance <= Math.max(a.length, b.length));
    }),
  );
});
