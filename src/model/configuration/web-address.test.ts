import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isWebAddress } from "./web-address.js";

test("addresses of web servers, and what only looks like one", () => {
  for (const good of [
    "http://127.0.0.1:8080/health",
    "https://example.org",
    "https://example.org./x?y=z",
    "http://[fd00::1]:80/",
    "http://db-1.internal_net:65535?x",
    "http://bücher.example/x",
    "http://user:p%40ss:@127.0.0.1:8080/health",
    "https://user@[fd00::1]/",
    "http://127.0.0.1:/health",
  ])
    assert.ok(isWebAddress(good), good);
  for (const bad of [
    "http://127.0.0.1:99999/x",
    "http://127.0.0.1:0/x",
    "http://127.0.0.1.5/x",
    "http://300.1.1.1/",
    "http://10.1.1/x",
    "http://[fd00::1/x",
    "http://[10.1.1.1]/",
    "http://a..b/",
    "http://a b/",
    "http://50%/",
    "http://a@user@host/",
    "http://50%@host/",
    "http://%ff@host/",
    "http://a\\b@host/",
    "http://user@/",
    "http://user@:80/",
    "http://:80/",
    "ftp://host/",
    "example.org",
  ])
    assert.ok(!isWebAddress(bad), bad);
});

test("what is taken can be used", () => {
  const part = fc.string({ unit: fc.constantFrom(..."ab.:/[]%0159#?@-_x<"), maxLength: 16 });
  fc.assert(
    fc.property(part, (rest) => {
      const text = `http://${rest}`;
      if (isWebAddress(text)) assert.ok(URL.canParse(text), text);
    }),
    { numRuns: 3_000 },
  );
});
