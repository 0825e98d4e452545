import assert from "node:assert/strict";
import { test } from "node:test";
import { assert as check, property, uint8Array } from "fast-check";
import type { PacketCipher } from "../../wire/heartbeat/cipher.js";
import { nodeGcm } from "./node-gcm.js";
import { opensslGcm } from "./openssl-gcm.js";

const START = 38;
const key = uint8Array({ minLength: 32, maxLength: 32 });
const nonce = uint8Array({ minLength: 12, maxLength: 12 });
const packet = uint8Array({ minLength: START + 16, maxLength: 1_400 });

/** One of the two where the other is missing: then the test still holds it to itself. */
const direct = opensslGcm ?? nodeGcm;

test("OpenSSL called directly and Node's own interface give the same bytes", () => {
  check(
    property(key, nonce, packet, (secret, number, clear) => {
      const [a, b] = [clear.slice(), clear.slice()];
      direct(secret).seal(a, number, START);
      nodeGcm(secret).seal(b, number, START);
      assert.deepEqual(a, b);
      assert.equal(nodeGcm(secret).open(a, number, START), true);
      assert.equal(direct(secret).open(b, number, START), true);
      assert.deepEqual(a.subarray(0, -16), clear.subarray(0, -16));
      assert.deepEqual(b.subarray(0, -16), clear.subarray(0, -16));
    }),
  );
});

for (const [name, make] of [
  ["direct", direct],
  ["node", nodeGcm],
] as const) {
  test(`${name}: a changed byte, key or nonce opens nothing, and the next genuine packet opens all the same`, () => {
    const cipher = make(new Uint8Array(32).fill(1));
    const number = new Uint8Array(12).fill(2);
    const sealed = new Uint8Array(100).fill(3);
    cipher.seal(sealed, number, START);
    const opens = (by: PacketCipher, bytes: Uint8Array, at: Uint8Array): boolean => by.open(bytes.slice(), at, START);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.map((byte, place) => (place === index ? byte ^ 0x80 : byte));
      assert.equal(opens(cipher, changed, number), false, `byte ${index}`);
    }
    assert.equal(opens(make(new Uint8Array(32)), sealed, number), false);
    assert.equal(opens(cipher, sealed, new Uint8Array(12)), false);
    assert.equal(opens(cipher, sealed, number), true);
  });
}
