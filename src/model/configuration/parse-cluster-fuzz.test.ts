/** Whatever the text: a cluster or problems, never an exception, within a bounded time, every place inside the text. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { LIMITS } from "./limits.js";
import { parseCluster, readableClusterSource } from "./parse-cluster.js";
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
rules:
  hot:
    each: node
    when: node.attributes.hot == true
    do: [{ notify: It is hot }, { run: [/usr/bin/logger, hot] }, { set: cooling, value: wanted }, { fence: itself }]
checks:
  hot: { run: [/usr/bin/is-hot, core], sets: hot }
notify:
  pager: { run: [/usr/bin/page, janitor], codes: [node, rule.fired], services: [shop] }
  chat: { url: "https://example.org/hooks", secretFile: chat.secret }
fence:
  methods: [{ agent: fence_ipmilan, parameters: { ip: 10.1.1.99 }, secretFile: ipmi }, { run: [/sbin/off, now] }]
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
  const readable = readableClusterSource(text, { directory: "/etc/locum", hash: () => "hash" });
  if (parsed.ok) {
    assert.deepEqual(readable?.cluster, parsed.value, "of a good file, all can be read");
    return;
  }
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

/** What stands at the end of each branch of a value, by its path. */
function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, key]));
}

function withLeaf(value: unknown, path: readonly string[], leaf: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== "object" || value === null) return leaf;
  const change = ([name, each]: [string, unknown]): [string, unknown] =>
    name === key ? [name, withLeaf(each, rest, leaf)] : [name, each];
  if (Array.isArray(value)) return Object.entries(value).map((entry) => change(entry)[1]);
  return Object.fromEntries(Object.entries(value).map(change));
}

test("texts of any length in place of whatever stands there", () => {
  const content: unknown = parse(VALID);
  for (const path of leavesOf(content))
    for (const length of [0, 1, 64, 501, 1_001, LIMITS.textLength + 1])
      judge(stringify(withLeaf(content, path, "x".repeat(length)), { lineWidth: 0 }));
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
