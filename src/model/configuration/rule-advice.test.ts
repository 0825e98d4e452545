import assert from "node:assert/strict";
import { test } from "node:test";
import { pathText } from "./located-node.js";
import { parseCluster } from "./parse-cluster.js";
import { ruleAdvice } from "./rule-advice.js";

const FILE = `cluster: demo
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
  web3: { networks: { a: 10.1.1.3 } }
services:
  shop: { addresses: [192.168.1.1/24], nodes: [web1, web2] }
  mail: { addresses: [192.168.1.2/24], nodes: [web1, web3] }
checks:
  heat: { run: [/bin/heat], value: output }
  fit: { run: [/bin/fit] }
`;

/** `path: message` of what is seldom meant in a file that is right. */
function adviceFor(when: string, ...actions: readonly string[]): readonly string[] {
  return adviceOn("each: service", when, ...actions);
}

function adviceOn(each: string, when: string, ...actions: readonly string[]): readonly string[] {
  const rule = `rules:\n  hot:\n    ${each}\n    when: |\n      ${when}\n    do: [${actions.join(", ")}]\n`;
  const parsed = parseCluster(FILE + rule, { directory: "/etc/locum", hash: (text) => text });
  assert.ok(parsed.ok, "the file is accepted: an agent that ran with it goes on");
  return ruleAdvice(parsed.value).map(({ code, severity, path, message }) => {
    assert.deepEqual([code, severity], ["rule-without-effect", "warning"]);
    return `${pathText(path)}: ${message}`;
  });
}

const NOTICE = "{ notify: hot }";

test("an attribute of a check is not compared with what the check never sets", () => {
  const text =
    'rules.hot.when: In the condition of "hot", heat is the text that a check prints, and is compared with a number';
  assert.deepEqual(adviceFor("nodes.web1.attributes.heat > 80", NOTICE), [text]);
  assert.deepEqual(adviceFor("nodes.web1.banned || -1.5 <= nodes.web1.attributes.heat", NOTICE), [text]);
  assert.deepEqual(adviceFor('nodes.web1.attributes.fit == "yes"', NOTICE), [
    'rules.hot.when: In the condition of "hot", fit is true or false, as a check says, and is compared with a text',
  ]);
  const right = "double(nodes.web1.attributes.heat) > 80.0 && nodes.web1.attributes.fit == false";
  assert.deepEqual(adviceFor(right, NOTICE), []);
  assert.deepEqual(adviceFor("nodes.web1.attributes.load > 80", NOTICE), [], "nobody knows what an application sets");
  assert.deepEqual(adviceFor("nodes.web1.attributes.heat > 80", "{ set: heat, value: 81 }"), [], "it may be either");
});

test("a text that a check prints is not taken for true or false", () => {
  for (const when of [
    "nodes.web1.attributes.heat",
    "!nodes.web1.attributes.heat",
    "nodes.web1.banned && nodes.web1.attributes.heat",
    "nodes.exists(n, nodes[n].attributes.heat)",
    "nodes.exists(n, nodes[n].banned || !nodes[n].attributes.heat)",
    'nodes.web1.attributes["heat"] ? nodes.web2.banned : nodes.web1.banned',
  ])
    assert.match(
      adviceFor(when, NOTICE)[0] ?? "",
      /heat is the text that a check prints, and is taken for true or false/,
    );
  for (const when of [
    "nodes.web1.attributes.fit",
    "!nodes.web1.attributes.fit && has(nodes.web1.attributes.heat)",
    'nodes.web1.attributes.heat == "hot" && nodes.exists(n, nodes[n].attributes.fit)',
    "size(nodes.map(n, nodes[n].attributes.heat)) > 1",
  ])
    assert.deepEqual(adviceFor(when, NOTICE), [], when);
});

test("a service is not moved to a node that is none of its nodes", () => {
  assert.deepEqual(adviceFor("nodes.web1.banned", NOTICE, "{ move: shop, to: web3 }"), [
    'rules.hot.do[1].to: The rule "hot" moves "shop" to "web3", which is none of its nodes',
  ]);
  assert.deepEqual(
    adviceFor("nodes.web1.banned", "{ move: shop, to: web2 }", "{ move: shop }", "{ move: itself }"),
    [],
  );
  assert.deepEqual(adviceFor("nodes.web1.banned", "{ move: itself, to: web2 }"), [], "those that have it");
});

test("a rule that the file does not have has ordered nothing", () => {
  const [doubt, ...more] = adviceFor('service.stoppedBy == "rule hott"', NOTICE);
  assert.equal(
    doubt,
    'rules.hot.when: In the condition of "hot", nobody is called "rule hott": it is `operator`, or `rule` and the name of one in the file',
  );
  assert.deepEqual(more, []);
  assert.equal(adviceFor('nodes.exists(n, nodes[n].drainedBy in ["", "opreator"])', NOTICE).length, 1);
  for (const word of ["operator", "", "rule hot"])
    assert.deepEqual(adviceFor(`nodes.web1.drainedBy == "${word}"`, NOTICE), [], word);
});

test("a rule about each node never finds that node down, and none that acts finds a pause", () => {
  const down = (each: string, text: string): number => adviceOn(each, text, NOTICE).length;
  assert.equal(down("each: node", 'node.state == "down"'), 1);
  assert.equal(down("each: node", 'node.state in ["drained", "unknown"]'), 1);
  assert.equal(down("each: node", 'node.state == "drained" || nodes.web1.state == "down"'), 0);
  assert.equal(down("each: service", 'nodes.exists(node, nodes[node].state == "down")'), 0);
  for (const when of ["paused", "paused == true", "nodes.web1.banned && (paused || nodes.web2.banned)"])
    assert.match(adviceFor(when, NOTICE)[0] ?? "", /`paused` is never true/, when);
  for (const when of [
    "!paused",
    "!paused && nodes.web1.banned",
    "paused == false",
    "nodes.exists(n, nodes[n].paths.exists(p, nodes[n].paths[p].paused))",
  ])
    assert.deepEqual(adviceFor(when, NOTICE), [], when);
});

test("two checks that set one attribute of a node undo each other's word", () => {
  const of = (checks: string): readonly string[] => {
    const text = FILE.slice(0, FILE.indexOf("checks:"));
    const parsed = parseCluster(`${text}checks: ${checks}\n`, { directory: "/etc/locum", hash: (each) => each });
    assert.ok(parsed.ok);
    return ruleAdvice(parsed.value).map(({ code, path }) => `${code} ${pathText(path)}`);
  };
  assert.deepEqual(of("{ fit: { run: [/bin/a] }, more: { run: [/bin/b], sets: fit } }"), [
    "attribute-shared checks.more.sets",
  ]);
  assert.deepEqual(
    of("{ fit: { run: [/bin/a], nodes: [web1] }, more: { run: [/bin/b], sets: fit, nodes: [web2] } }"),
    [],
  );
});
