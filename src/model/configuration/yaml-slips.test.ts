/** One slip in a good file each: `▸` marks where it is to be reported; nothing else may be. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { firstSlip } from "./yaml-slips.js";
import { parseCluster } from "./parse-cluster.js";

const MARK = "▸";
const GOOD = `cluster: shop
port: 4994
nodes:
  web1: { networks: { a: 10.1.1.1, b: "fd00::1" } }
  web2: { networks: { a: 10.1.1.2, b: "fd00::2" } }
services:
  shop:
    addresses: [192.168.1.1/24] # for clients
    nodes: [web1, web2]
  mail:
    addresses:
      - 192.168.1.2/24
      - "fd01::2/64"
    nodes: [web2, web1]
`;

interface Case {
  readonly from: string;
  readonly to: string;
  readonly says: RegExp;
  readonly advises: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  "no space after a colon, before a map": {
    from: "web1: { n",
    to: "web1:▸{ n",
    says: /no space after the colon of "web1"/,
    advises: /`web1: ` with a space/,
  },
  "no space after a colon, before a list": {
    from: "nodes: [web1",
    to: "nodes:▸[web1",
    says: /no space after the colon of "nodes"/,
    advises: /`nodes: ` with a space/,
  },
  "no space after a colon, before a word": {
    from: "cluster: shop",
    to: "cluster:▸shop",
    says: /no space after the colon of "cluster"/,
    advises: /`cluster: `/,
  },
  "no colon": {
    from: "cluster: shop",
    to: "cluster▸ shop",
    says: /no colon after "cluster"/,
    advises: /`cluster: shop`/,
  },
  "an equals sign for a colon": {
    from: "port: 4994",
    to: "port▸ = 4994",
    says: /no colon after "port"/,
    advises: /`port: 4994`/,
  },
  "no colon, and nothing else on the line": {
    from: "services:",
    to: "services▸",
    says: /no colon after "services"/,
    advises: /`services:`/,
  },
  "no colon before a map": {
    from: "web1: { n",
    to: "web1▸ { n",
    says: /no colon after "web1"/,
    advises: /`web1: { networks/,
  },
  "no colon inside brackets": {
    from: "{ networks: { a: 10.1.1.1",
    to: "{ networks ▸{ a: 10.1.1.1",
    says: /no colon before "{"/,
    advises: /colon and a space/,
  },
  "a bracket open up to the next key": {
    from: "[192.168.1.1/24]",
    to: "▸[192.168.1.1/24",
    says: /`\[` that begins this list is never closed/,
    advises: /`]` at its end/,
  },
  "a bracket open up to the end": {
    from: "nodes: [web2, web1]",
    to: "nodes: ▸[web2, web1",
    says: /`\[` that begins this list is never closed/,
    advises: /`]` at its end/,
  },
  "a brace open": {
    from: '{ networks: { a: 10.1.1.1, b: "fd00::1" } }',
    to: '▸{ networks: { a: 10.1.1.1, b: "fd00::1" }',
    says: /`{` that begins this map is never closed/,
    advises: /`}` at its end/,
  },
  "two braces open": {
    from: '{ a: 10.1.1.2, b: "fd00::2" } }',
    to: '▸{ a: 10.1.1.2, b: "fd00::2"',
    says: /never closed/,
    advises: /`} }` at its end/,
  },
  "a bracket closed by a brace": {
    from: "[web1, web2]",
    to: "[web1, web2▸}",
    says: /`\[` of line 9 is closed by a `}`/,
    advises: /`]`/,
  },
  "a brace too many": {
    from: '"fd00::2" } }',
    to: '"fd00::2" } } ▸}',
    says: /`}` closes nothing/,
    advises: /Remove it/,
  },
  "no comma in a map": {
    from: "10.1.1.1, b:",
    to: "10.1.1.1 ▸b:",
    says: /no comma before "b"/,
    advises: /comma between two entries/,
  },
  "no comma in a map, after a quote": {
    from: '{ a: 10.1.1.1, b: "fd00::1" }',
    to: '{ b: "fd00::1" ▸a: 10.1.1.1 }',
    says: /no comma before "a"/,
    advises: /comma between two entries/,
  },
  "no comma in a list": {
    from: "[web1, web2]",
    to: '["web1" ▸"web2"]',
    says: /no comma before/,
    advises: /comma between two entries/,
  },
  "a tab for the indentation": { from: "  shop:", to: "▸\tshop:", says: /indented with a tab/, advises: /spaces/ },
  "a tab after spaces": {
    from: "    nodes: [web2",
    to: "  ▸\tnodes: [web2",
    says: /indented with a tab/,
    advises: /spaces/,
  },
  "a key indented too little": {
    from: "    nodes: [web1",
    to: "   ▸nodes: [web1",
    says: /indented by 3 spaces, line 8 above by 4/,
    advises: /keys of one map alike/,
  },
  "a key indented too much": {
    from: "  web2: {",
    to: "   ▸web2: {",
    says: /indented by 3 spaces, line 4 above by 2/,
    advises: /keys of one map alike/,
  },
  "a double quote open": {
    from: ": shop",
    to: ': ▸"shop',
    says: /quote .* does not end on its line/,
    advises: /`"` at the end/,
  },
  "a single quote open": {
    from: ": shop",
    to: ": ▸'shop",
    says: /quote .* does not end on its line/,
    advises: /`'` at the end/,
  },
  "a quote open in a list": {
    from: "[192.168.1.1/24]",
    to: '[▸"192.168.1.1/24]',
    says: /quote .* does not end on its line/,
    advises: /need none/,
  },
  "a quote that ended": { from: ": shop", to: ': "shop" ▸two', says: /ended before "two"/, advises: /in quotes/ },
  "no space after a dash": {
    from: '- "fd01::2/64"',
    to: '▸-"fd01::2/64"',
    says: /no space after the dash/,
    advises: /`- `/,
  },
  "two keys on one line": {
    from: "  shop:\n    addresses: [",
    to: "  shop: addresses▸: [",
    says: /second colon on one line/,
    advises: /line of its own/,
  },
};

for (const [title, { from, to, says, advises }] of Object.entries(CASES)) {
  for (const newline of ["\n", "\r\n"]) {
    test(`${title}${newline === "\n" ? "" : ", with carriage returns"}`, () => {
      assert.equal(GOOD.split(from).length, 2, `${from} is in the file once`);
      const marked = GOOD.replace(from, to).replaceAll("\n", newline);
      const before = marked.slice(0, marked.indexOf(MARK)).split("\n");
      const parsed = parseCluster(marked.replace(MARK, ""), { directory: "/etc/locum", hash: () => "" });
      assert.ok(!parsed.ok);
      const [problem, ...others] = parsed.problem;
      assert.deepEqual(others, []);
      assert.match(problem?.message ?? "", says);
      assert.match(problem?.advice ?? "", advises);
      assert.match(problem?.advice ?? "", /; nothing else was checked$/);
      assert.deepEqual(
        [problem?.code, problem?.line, problem?.column],
        ["yaml-syntax", before.length, (before.at(-1) ?? "").length + 1],
      );
    });
  }
}

const LONG = 60_000;
const LONG_LINES = [
  `{a: ${"x".repeat(LONG)}! : `,
  `a: x${" #".repeat(LONG)}\u2028`,
  `a: ${"[".repeat(LONG)}`,
  `{ a: ${"b ".repeat(LONG)}:`,
  `a: [${":".repeat(LONG)}`,
  `${"a ".repeat(LONG)}[`,
];

test("a long line costs no more than its length", { timeout: 60_000 }, () => {
  for (const line of LONG_LINES) firstSlip(`${line}\n`);
});

test("the file that the slips are made in is good", () => {
  assert.ok(parseCluster(GOOD, { directory: "/etc/locum", hash: () => "" }).ok);
});
