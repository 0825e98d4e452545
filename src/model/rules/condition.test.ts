import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RuleScope } from "../rule.js";
import { ConditionReader } from "./condition.js";
import { surroundingsOf } from "./surroundings.js";
import { ruleValue, type RuleVariables } from "./vocabulary.js";

const names = {
  nodes: ["web1", "web2"],
  services: ["shop"],
  networks: ["a", "b"],
  programs: ["shop/db"],
  paths: ["web1/lan"],
};
const reader = new ConditionReader(surroundingsOf(names));

const DB = ruleValue("Program", {
  state: "troubled",
  role: "holder",
  restarts: 3n,
  lastExit: "SIGSEGV",
  failing: false,
  words: "no answer within 300 ms",
});

const node = (name: string, attributes: Readonly<Record<string, string | bigint | number | boolean>>) =>
  ruleValue("Node", {
    name,
    state: "up",
    drainedBy: "",
    banned: false,
    networks: new Map([["a", ruleValue("Reach", { reachable: true, oneWay: "", rttMs: 0.4 })]]),
    paths: new Map(),
    attributes: new Map(Object.entries(attributes)),
    holds: name === "web1" ? ["shop"] : [],
    programs: new Map(name === "web1" ? [["shop/db", DB]] : []),
  });

const web1 = node("web1", { temperature: 81n, load: 0.5, fit: true, rack: "b2" });
const VARIABLES: RuleVariables = {
  nodes: new Map([
    ["web1", web1],
    ["web2", node("web2", {})],
  ]),
  services: new Map([
    [
      "shop",
      ruleValue("Service", {
        name: "shop",
        holder: "web1",
        state: "active",
        epoch: 3n,
        stoppedBy: "",
        programs: new Map([["db", DB]]),
        addresses: [],
        nodes: [],
        standbys: [],
      }),
    ],
  ]),
  networks: new Map(),
  findings: [],
  paused: false,
  node: web1,
};

function judged(text: string, scope: RuleScope = "node"): string {
  const condition = reader.read(scope, text);
  if (!condition.ok) return condition.problem.message;
  const judgement = condition.value.judge(VARIABLES);
  return judgement.kind === "broken" ? judgement.problem : judgement.kind;
}

test("conditions over what is known", () => {
  for (const text of [
    'nodes.web1.state == "up"',
    "node.attributes.temperature > 80",
    "node.attributes.temperature > 80.5",
    "node.attributes.temperature == 81",
    "node.attributes.load < 1",
    "node.attributes.fit",
    'node.attributes.rack in ["b1", "b2"]',
    'nodes.exists(n, nodes[n].state == "up" && "shop" in nodes[n].holds)',
    'size(nodes.filter(n, nodes[n].state == "up")) >= 2',
    "!has(nodes.web2.attributes.fit)",
    'nodes.web1.networks["a"].rttMs < 1.0',
    'findings.all(f, f.severity != "error")',
    'services.shop.programs.db.restarts > 2 && services["shop"].programs["db"].lastExit == "SIGSEGV"',
    'node.programs["shop/db"].state == "troubled"',
    'nodes.exists(n, nodes[n].programs.exists(p, nodes[n].programs[p].words.contains("no answer")))',
    '!("shop/db" in nodes.web2.programs)',
    'services.shop.holder != "" && !("web2" in services.shop.standbys)',
    'node.attributes.rack != "state" && services.shop.programs.db.lastExit != "SIGNOT"',
    'networks.all(n, n in ["a", "b"]) && "web1" in ["web1"]',
  ])
    assert.equal(judged(text), "true", text);
});

test("a loop within another may go through something else by the same name", () => {
  assert.equal(
    judged('nodes.exists(n, nodes[n].banned || findings.all(n, n.kind != "x" || true))'),
    '"x" is none of the words that it is compared with',
  );
  assert.equal(judged("nodes.exists(n, nodes[n].banned || findings.all(n, n.services == []))"), "true");
});

test("what is not there makes nothing true, and nothing wrong", () => {
  for (const text of [
    "nodes.web2.attributes.fit",
    "nodes.web2.attributes.temperature > 80",
    "!nodes.web2.attributes.fit",
  ])
    assert.equal(judged(text), "false", text);
  assert.equal(judged("nodes.web2.attributes.fit || node.attributes.fit"), "true");
});

test("what cannot be compared is broken, and says why", () => {
  assert.match(judged("node.attributes.rack > 3"), /no such overload: dyn<string> > int/);
  assert.match(judged("node.attributes.rack"), /neither true nor false/);
});

interface Mistake {
  readonly text: string;
  readonly scope?: RuleScope;
  /** The part of the text that is pointed at. */
  readonly at: string;
  readonly message: string;
  readonly advice: RegExp;
}

const MISTAKES: readonly Mistake[] = [
  {
    text: 'nodes.web1.staet == "up"',
    at: "staet",
    message: "There is no field staet",
    advice: /Did you mean "state"/,
  },
  { text: 'nodse.web1.state == "up"', at: "nodse", message: "There is nothing called nodse", advice: /"nodes"/ },
  { text: 'node.state == "up"', at: "node", message: "There is nothing called node", advice: /each: node|"nodes"/ },
  {
    text: 'paused || nodes.web3.state == "up"',
    at: "nodes.web3",
    message: 'There is no node "web3" in the file',
    advice: /Did you mean "web1"/,
  },
  {
    text: 'services["shp"].holder == ""',
    at: 'services["shp"]',
    message: 'There is no service "shp" in the file',
    advice: /"shop"/,
  },
  {
    text: 'paused || services.shop.state == "aktive"',
    at: '"aktive"',
    message: '"aktive" is none of the words that it is compared with',
    advice: /Did you mean "active"/,
  },
  {
    text: 'nodes.exists(n, nodes[n].state in ["down", "Drained"])',
    at: '"Drained"',
    message: '"Drained" is none of the words that it is compared with',
    advice: /Did you mean "drained"/,
  },
  {
    text: 'findings.filter(f, f.severity == "error").exists(f, f.kind == "netwrok-down")',
    at: '"netwrok-down"',
    message: '"netwrok-down" is none of the words that it is compared with',
    advice: /Did you mean "network-down"/,
  },
  {
    text: 'services.shop.programs["db"].role != "primary"',
    at: '"primary"',
    message: '"primary" is none of the words that it is compared with',
    advice: /Use one of these: holder, standby/,
  },
  {
    text: 'services.shop.holder == "wbe1"',
    at: '"wbe1"',
    message: 'There is no node "wbe1" in the file',
    advice: /Did you mean "web1"/,
  },
  {
    text: '"shp" in node.holds',
    scope: "node",
    at: '"shp"',
    message: 'There is no service "shp" in the file',
    advice: /Did you mean "shop"/,
  },
  {
    text: 'nodes.exists(n, n != "web9" && "shop" in nodes[n].holds)',
    at: '"web9"',
    message: 'There is no node "web9" in the file',
    advice: /Did you mean "web1"/,
  },
  {
    text: "nodes.web1.state > 3",
    at: "nodes.web1.state > 3",
    message: "These do not go together: string > int",
    advice: /quotes/,
  },
  {
    text: "nodes.web1.networks.a.rttMs + 1 > 2",
    at: "nodes.web1.networks.a.rttMs + 1",
    message: "These do not go together: double + int",
    advice: /1\.0/,
  },
  {
    text: 'nodes.web1.name.matches("(a+)+$")',
    at: 'nodes.web1.name.matches("(a+)+$")',
    message: "There is no function matches in conditions",
    advice: /startsWith/,
  },
  {
    text: "nodes.web1.holds.size()",
    at: "nodes.web1.holds.size()",
    message: "The condition is of the type int, and not true or false",
    advice: /Compare/,
  },
  {
    text: 'services.shop.programs.dbb.state == "ready"',
    at: "services.shop.programs.dbb",
    message: 'There is no program "dbb" in the file',
    advice: /"db"/,
  },
  {
    text: 'nodes.web1.programs["db"].failing',
    at: 'nodes.web1.programs["db"]',
    message: 'There is no program "db" in the file',
    advice: /"shop\/db"|under `programs`/,
  },
  {
    text: "nodes.web1.state ==",
    at: "",
    message: "Unexpected token: the end of the condition",
    advice: /docs\/rules\.md/,
  },
];

test("mistakes are found where they stand, with what may have been meant", () => {
  for (const { text, scope = "cluster", at, message, advice } of MISTAKES) {
    const condition = reader.read(scope, text);
    assert.ok(!condition.ok, text);
    assert.equal(condition.problem.message, message);
    assert.match(condition.problem.advice, advice);
    assert.equal(text.slice(condition.problem.start, condition.problem.end), at, text);
  }
});

const large = new ConditionReader(
  surroundingsOf({
    ...names,
    nodes: Array.from({ length: 64 }, (_, at) => `n${at}`),
    services: Array.from({ length: 1_000 }, (_, at) => `s${at}`),
  }),
);

test("a condition that could hold the agent up is refused, whatever it would come to", () => {
  const nested = (depth: number): string =>
    depth === 0 ? "true" : `services.all(s${depth}, services.all(t${depth}, ${nested(depth - 1)}))`;
  const refused = large.read("cluster", nested(1));
  assert.ok(!refused.ok);
  assert.match(refused.problem.message, /^The condition may take \d+ steps/);
  assert.ok(reader.read("cluster", nested(1)).ok, "in a small cluster it is no trouble");
  assert.ok(!reader.read("cluster", nested(40)).ok, "it is too deep");
  const allowed = large.read("cluster", 'services.exists(s, services[s].state == "blocked")');
  assert.ok(allowed.ok && allowed.value.steps < 20_000);
  for (const list of ["[1, 2].map(x, [x, x]).map(y, y)", "findings.map(f, findings.map(g, findings))"])
    assert.ok(!large.read("cluster", `${list}.all(z, z.all(u, services.all(s, true)))`).ok, list);
});

test("it says what it looked at, and which entries made it true", () => {
  const condition = reader.read(
    "node",
    'node.attributes.temperature > 80 && nodes.exists(n, "shop" in nodes[n].holds) || nodes.web2.attributes.fit',
  );
  assert.ok(condition.ok);
  assert.deepEqual(condition.value.read(VARIABLES), [
    { what: "node.attributes.temperature", value: 81 },
    { what: 'nodes.filter(n, "shop" in nodes[n].holds)', value: "web1" },
    { what: "nodes.web2.attributes.fit", value: null },
  ]);
});

test("an entry that lacks something is passed by, and the one that made it true is named", () => {
  const condition = reader.read("cluster", "nodes.exists(n, nodes[n].attributes.temperature > 80)");
  assert.ok(condition.ok);
  const both = [
    ["web1", web1],
    ["web2", node("web2", {})],
  ] as const;
  for (const nodes of [new Map(both), new Map(both.toReversed())]) {
    assert.deepEqual(condition.value.judge({ ...VARIABLES, nodes }), { kind: "true" });
    assert.deepEqual(condition.value.read({ ...VARIABLES, nodes }), [
      { what: "nodes.filter(n, nodes[n].attributes.temperature > 80)", value: "web1" },
    ]);
  }
});

test("parentheses are part of what it looked at", () => {
  for (const [text, what] of [
    ['nodes.exists(n, !(nodes[n].state == "down"))', 'nodes.filter(n, !(nodes[n].state == "down"))'],
    [
      'nodes.exists(n, (nodes[n].state == "up" || paused) && ("shop" in nodes[n].holds || paused))',
      'nodes.filter(n, (nodes[n].state == "up" || paused) && ("shop" in nodes[n].holds || paused))',
    ],
    ['(nodes.web1).state == "up"', "nodes.web1.state"],
  ] as const) {
    const condition = reader.read("cluster", text);
    assert.ok(condition.ok, text);
    const [reading] = condition.value.read(VARIABLES);
    assert.equal(reading?.what, what);
    assert.notEqual(reading?.value, null, text);
  }
});

const WORDS =
  'nodes services findings node . web1 state [ ] ( ) , exists all map filter n == && || ! + 1 "up" size has attributes ? : { } in';
const words = fc.constantFrom(...WORDS.split(" "));

test("no text makes it throw or hang, and what is accepted is judged", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words, { maxLength: 40 }).map((parts) => parts.join(" ")),
      ),
      (text) => {
        for (const scope of ["cluster", "node"] as const) {
          const condition = reader.read(scope, text);
          if (condition.ok) condition.value.judge(VARIABLES);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
