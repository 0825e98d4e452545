import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCluster } from "./parse-cluster.js";

const FILE = `cluster: demo
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [192.168.1.1/24], nodes: [web1, web2] }
`;

const OPTIONS = { directory: "/etc/locum", hash: (text: string) => text };

/** `line:column code message`, of what follows the services. */
function problemsOf(text: string): readonly string[] {
  const parsed = parseCluster(FILE + text, OPTIONS);
  if (parsed.ok) return [];
  return parsed.problem.map(({ line, column, code, message }) => `${line - 6}:${column} ${code} ${message}`);
}

const rule = (when: string, rest = "do: [{ drain: web1 }]"): string =>
  `rules:\n  hot:\n    when: ${when}\n    ${rest}\n`;

test("a mistake in a condition is placed in the file, however YAML writes the text", () => {
  const unknown = "bad-condition There is no field staet";
  assert.deepEqual(problemsOf(rule('nodes.web1.staet == "up"')), [`3:22 ${unknown}`]);
  assert.deepEqual(problemsOf(rule("'nodes.web1.staet == \"up\"'")), [`3:23 ${unknown}`]);
  assert.deepEqual(problemsOf(rule('"paused && \\"a\\" == nodes.web1.staet"')), [`3:42 ${unknown}`]);
  assert.deepEqual(problemsOf(rule('|\n      paused &&\n        nodes.web1.staet == "up"')), [`5:20 ${unknown}`]);
  assert.deepEqual(problemsOf(rule('>-\n      paused\n      && nodes.web1.staet == "up"')), [`5:21 ${unknown}`]);
  assert.deepEqual(problemsOf(rule('paused ||\n      nodes.web1.staet == "up"')), [`4:18 ${unknown}`]);
});

test("what rules order is held against the file", () => {
  const when = "paused";
  assert.deepEqual(problemsOf(rule(when, "do: [{ drain: web3 }]")), [
    '4:19 unknown-node The rule names the node "web3", which is not in the file',
  ]);
  assert.deepEqual(problemsOf(rule(when, "do: [{ move: shp, to: web2 }]")), [
    '4:18 unknown-service The rule names the service "shp", which is not in the file',
  ]);
  assert.deepEqual(problemsOf(rule(when, "do: [{ stop: shp }]")), [
    '4:18 unknown-service The rule names the service "shp", which is not in the file',
  ]);
  assert.deepEqual(problemsOf(rule(when, "do: [{ start: itself }]")), [
    "4:19 bad-condition The rule is not about a service, so that `itself` is none",
  ]);
  assert.deepEqual(problemsOf(rule(when, "do: [{ stop: shop, for: 1m }]")), [
    "4:29 conflicting-keys The action `stop` has `for`",
  ]);
  assert.deepEqual(problemsOf(rule(when, "do: [{ stop: shop }, { start: shop }]")), []);
  assert.deepEqual(problemsOf(rule(when, "do: [{ drain: itself }]")), [
    "4:19 bad-condition The rule is not about a node, so that `itself` is none",
  ]);
  assert.deepEqual(problemsOf(rule(when, "do: [{ fence: web1 }]")), [
    '4:19 no-fencing The rule fences "web1", and the file has no method for that',
  ]);
  assert.deepEqual(problemsOf(rule(when, "do: [{ run: [logger] }]")), [
    '4:18 bad-command "logger" is no absolute path of a program',
  ]);
  assert.deepEqual(problemsOf(`${rule(when)}    every: 10s\n`), [
    "5:12 duration-out-of-range A rule that acts every 10s reaches its limit of 5 times within 5m",
  ]);
  assert.deepEqual(problemsOf(rule(when)), []);
  assert.deepEqual(problemsOf(rule(when, "each: node\n    do: [{ drain: itself }, { set: hot, value: true }]")), []);
});

test("hooks and checks say what they lack", () => {
  assert.deepEqual(problemsOf("notify:\n  pager: { severity: error }\n"), [
    "2:10 missing-key The hook has neither `run` nor `url`",
  ]);
  assert.deepEqual(problemsOf("notify:\n  pager: { run: [/bin/page], url: 'https://x.org' }\n"), [
    "2:17 conflicting-keys The hook has both `run` and `url`",
  ]);
  assert.deepEqual(problemsOf("notify:\n  pager: { url: 'ftp://x.org' }\n"), [
    '2:17 bad-url "ftp://x.org" is no address of a web server',
  ]);
  assert.deepEqual(problemsOf("notify:\n  pager: { url: 'https://me:secret@x.org' }\n"), [
    '2:17 bad-url "https://me:secret@x.org" is no address of a web server',
  ]);
  assert.deepEqual(problemsOf("checks:\n  disk: { run: [/bin/true], every: 1us }\n"), [
    "2:36 duration-out-of-range 1us is shorter than 100ms",
  ]);
  const good = `notify:\n  pager: { url: "https://x.org/y", secretFile: pager.secret }\nchecks:\n  disk: { run: [/bin/true] }\n`;
  const parsed = parseCluster(FILE + good, OPTIONS);
  assert.ok(parsed.ok);
  assert.equal(parsed.value.checks?.[0]?.attribute, "disk");
  const [hook] = parsed.value.hooks ?? [];
  assert.ok(hook?.target.kind === "web");
  assert.equal(hook.target.secretFile, "/etc/locum/pager.secret");
});

test("the meaning has rules, checks and hooks, and is what it was where there are none", () => {
  const hashOf = (text: string): string => {
    const parsed = parseCluster(FILE + text, OPTIONS);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return parsed.value.hash;
  };
  const plain = hashOf("");
  const all = [
    rule("paused"),
    rule("paused == false"),
    "checks:\n  d: { run: [/bin/true] }\n",
    "notify:\n  d: { run: [/bin/true] }\n",
  ];
  assert.equal(new Set([plain, ...all.map(hashOf)]).size, 5);
  assert.equal(hashOf("rules: {}\n"), plain);
});
