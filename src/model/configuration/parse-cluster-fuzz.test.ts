/** Whatever the text: a cluster or problems, never an exception, within a bounded time, every place inside the text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { LIMITS } from "./limits.js";
import { parseCluster } from "./parse-cluster.js";
import { CONFIGURATION_PROBLEMS } from "./problem.js";

const VALID = `# a comment
cluster: shop
detection: { interval: 20ms, timeout: 80ms }
damping: { failures: 2, ban: 30s }
networks:
  a: { ping: [10.1.1.254, "fd00::fe"] }
nodes:
  web1:
    networks: { a: 10.1.1.1, b: "fd00::1" }
    paths:
      mether0:
        primary: { interface: bond0, members: [eth0, eth2] }
        secondary: eth1
        standby: { warm: { address: 129.1.1.5/24, mac: "08:a0:20:cd:10:54" } }
        monitor: { carrier: { downFor: 2s }, ping: [10.1.1.254], need: all, interval: 20ms }
        threshold: { bandwidth: 50% }
  web2:
    networks: &second
      a: 10.1.1.2
      b: fd00::2
services:
  shop:
    addresses: [192.168.1.1/24, { address: fd01::1/64, interfaces: [eth3, eth4] }]
    nodes: [web1, web2]
    failback: { after: 30s }
    programs:
      db: { run: [/usr/bin/db, -D, /data], ready: notify, health: { tcp: 5432, slow: 200ms }, limits: { cpu: 150% } }
      web: { unit: nginx.service, after: [db, addresses], restart: { exits: { 78: move, "*": stop } } }
  mail: { addresses: [192.168.1.2/24], nodes: [web2, web1], failback: true }
`;

/** Words and signs that YAML and the file's checks care about. */
const PIECES = [
  ..."[]{}:,-?&*!|>'\"%@`#~ \t\n\\",
  "\n  ",
  "\n    - ",
  "&a ",
  "*a",
  "*second",
  "<<: ",
  "---\n",
  "...\n",
  "!!str ",
];
const WORDS = [
  "cluster",
  "nodes",
  "networks",
  "services",
  "addresses",
  "programs",
  "after",
  "run",
  "ocf",
  "restart",
  "shop",
  "web1",
  "10.1.1.1",
  "::1/64",
  "25ms",
  "null",
  "paths",
  "primary",
  "secondary",
  "members",
  "interfaces",
  "warm",
  "mac",
  "50%",
  "mether0",
];
const ODD = [
  "__proto__",
  "constructor",
  "toString",
  "\u0000",
  "\uFEFF",
  "\u2028",
  "\uD800",
  "é",
  "1e999",
  "0x",
  "-.inf",
];
const pieces = fc.constantFrom(...PIECES, ...WORDS, ...ODD);

function judge(text: string): void {
  const parsed = parseCluster(text, { directory: "/etc/locum", hash: () => "hash" });
  if (parsed.ok) return;
  const lines = text.split("\n");
  assert.ok(parsed.problem.length > 0 && parsed.problem.length <= LIMITS.problems);
  for (const { code, line, column, message, advice } of parsed.problem) {
    assert.ok(Object.hasOwn(CONFIGURATION_PROBLEMS, code), code);
    assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
    assert.ok(column >= 1 && column <= (lines[line - 1]?.length ?? 0) + 1, `column ${column} on line ${line}`);
    assert.ok(message !== "" && message.length < 600 && advice !== "", message.slice(0, 700));
  }
}

test("the sample that is mutated below is good", () => {
  assert.ok(parseCluster(VALID, { directory: "/", hash: () => "" }).ok);
});

test("arbitrary text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 300 }), judge), { numRuns: 500 });
  fc.assert(fc.property(fc.string({ unit: pieces, maxLength: 60 }), judge), { numRuns: 2_000 });
});

test("a good file with pieces cut out, put in and repeated", () => {
  const cut = fc.record({
    at: fc.nat(VALID.length),
    length: fc.nat(40),
    put: fc.string({ unit: pieces, maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
      let text = VALID;
      for (const { at, length, put } of cuts) text = text.slice(0, at) + put + text.slice(at + length);
      judge(text);
    }),
    { numRuns: 3_000 },
  );
});

test("good YAML that means anything", () => {
  const key = fc.constantFrom(
    "cluster",
    "nodes",
    "networks",
    "services",
    "detection",
    "damping",
    "port",
    "paths",
    "primary",
    "secondary",
    "standby",
    "monitor",
    "threshold",
    "a",
    ...ODD,
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<unknown>(...WORDS, ...ODD, 1, -1, 4994, 0.5, null, true, Number.NaN, 2 ** 60),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, (content) => judge(stringify(content))),
    { numRuns: 2_000 },
  );
});

/** Texts that cost some YAML readers minutes, all their memory or the process. */
const HOSTILE = [
  "[",
  "{a: ",
  "- ",
  "? ",
  "&a [",
  "- &a [*a]\n",
  "*a ",
  "a: &a *a\n",
  "]",
  "{",
  ": ",
  "'",
  "%\n",
  "a: |\n",
  "!",
  "\r",
];

/** A quarter of the longest file: the cost is linear, and CI has other things to do. */
const LENGTH = LIMITS.fileBytes / 4;

test("hostile repetition costs no more than its length", { timeout: 240_000 }, () => {
  for (const piece of HOSTILE) judge(piece.repeat(LENGTH / piece.length));
});

test("aliases of aliases behind many values", { timeout: 60_000 }, () => {
  const values = Array.from({ length: 60 }, (_, index) => `v${index}: [${"x, ".repeat(1_000)}]\n`).join("");
  const levels = Array.from(
    { length: 12 },
    (_, index) => `k${index + 1}: &k${index + 1} [${`*k${index}, `.repeat(8)}]\n`,
  );
  judge(`${values}k0: &k0 x\n${levels.join("")}`);
});

test("many path groups, targets and interfaces", { timeout: 60_000 }, () => {
  const many = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join(", ");
  const groups = many(
    1_000,
    (index) => `g${index}: { primary: a${index}, secondary: b${index}, monitor: { ping: [10.9.9.9] } }`,
  );
  const warm = many(
    1_000,
    (index) => `g${index}: { primary: c, standby: { warm: { address: 10.9.${index >> 8}.${index & 255}/1 } } }`,
  );
  const nets = many(1_000, (index) => `n${index}: 10.8.${index >> 8}.${index & 255}`);
  const interfaces = many(1_000, (index) => `{ address: 10.9.9.9/24, interfaces: [a${index}, g${index}] }`);
  const nodes = `nodes:\n  x: { networks: { ${nets} }, paths: { ${groups} } }\n  y: { networks: { ${nets} }, paths: { ${warm} } }\n`;
  const services = many(
    5,
    (index) =>
      `s${index}: { addresses: [${interfaces}], nodes: [${many(1_000, (nth) => (nth % 2 === 0 ? "x" : "y"))}] }`,
  );
  const text = `cluster: shop\n${nodes}services: { ${services} }\n`;
  assert.ok(text.length < LIMITS.fileBytes);
  judge(text);
});

test("more entries than a map or list may have", { timeout: 60_000 }, () => {
  const names = Array.from({ length: LIMITS.entries + 1 }, (_, index) => `k${index}: v`);
  judge(`{${names.join(", ")}}`);
  judge(names.join("\n"));
  judge(`services:\n  ${names.slice(1).join("\n  ")}`);
});
