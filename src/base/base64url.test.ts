import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeBase64url, encodeBase64url } from "./base64url.js";

test("encodes as Node does, and decodes what it encoded", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = encodeBase64url(bytes);
      assert.equal(text, Buffer.from(bytes).toString("base64url"));
      assert.deepEqual(decodeBase64url(text), bytes);
    }),
  );
});

test("decodes nothing but its own spelling", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ABab09-_=+/ é"), maxLength: 12 }), (text) => {
      const bytes = decodeBase64url(text);
      if (bytes !== undefined) assert.equal(encodeBase64url(bytes), text);
    }),
  );
  for (const text of ["A", "AB", "AA==", "AAAAA", "A+", "A/"]) assert.equal(decodeBase64url(text), undefined, text);
});
