import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalIpAddress, formatIpAddress, parseIpAddress, sameSubnet, isLinkLocal } from "./ip-address.js";

const bytesOf = (text: string): Uint8Array => parseIpAddress(text)?.bytes ?? assert.fail(`${text} is an address`);

test("every accepted spelling has one canonical text", () => {
  const spellings = {
    "10.1.1.1": "10.1.1.1",
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1": "2001:0:0:1::1",
    "::": "::",
    "::ffff:192.0.2.1": "::ffff:c000:201",
    "fe80::": "fe80::",
  };
  for (const [text, canonical] of Object.entries(spellings)) assert.equal(canonicalIpAddress(text), canonical);
});

test("what is no address is refused", () => {
  const wrong = ["", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/24", ":::", "1::2::3", "1:2:3:4:5:6:7", "::1%eth0"];
  for (const text of [...wrong, "1:2:3:4:5:6:7:8:9", "g::1", "12345::", "1.2.3.4::"]) {
    assert.equal(parseIpAddress(text), undefined, text);
  }
});

test("bytes survive the way to text and back", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(fc.property(bytes, (value) => assert.deepEqual(bytesOf(formatIpAddress(value)), value)));
});

test("two addresses share a subnet as far as the prefix says", () => {
  const [a, b] = [bytesOf("192.168.1.1"), bytesOf("192.168.3.1")];
  assert.equal(sameSubnet(a, b, 22), true);
  assert.equal(sameSubnet(a, b, 23), false);
  assert.equal(sameSubnet(a, b, 0), true);
  assert.equal(sameSubnet(a, bytesOf("::1"), 0), false);
});

test("link-local addresses are those of fe80::/10, and no other", () => {
  for (const text of ["fe80::1", "febf::1"]) assert.ok(isLinkLocal(text), text);
  for (const text of ["fec0::1", "fe7f::1", "fe8::1", "fd00::fe80:1", "169.254.0.1"])
    assert.ok(!isLinkLocal(text), text);
});
