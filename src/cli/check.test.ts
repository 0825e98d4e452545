import assert from "node:assert/strict";
import { test } from "node:test";
import { SOUND_MACHINE } from "../../test/support/machine-facts.js";
import { ok, refused } from "../base/result.js";
import type { MachineFacts } from "../model/configuration/machine-facts.js";
import { parseClusterSource, readableClusterSource } from "../model/configuration/parse-cluster.js";
import { nodeName } from "../model/names.js";
import { type CheckOptions, type CheckPorts, check } from "./check.js";

const GOOD = `cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1 } }
  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2 } }
services:
  shop: { addresses: [10.1.1.100/24], nodes: [web1, web2], failback: { after: 30s } }
`;

const link = { index: 1, name: "eth0", mac: "02:00:00:00:00:01", up: true, carrier: true, mtu: 1500 };
const address = { linkIndex: 1, family: 4, prefixLength: 24, flags: 0 } as const;
const FACTS: MachineFacts = {
  kernel: ok({
    links: [link, { ...link, index: 2, name: "eth1" }],
    addresses: [
      { ...address, address: "10.1.1.1" },
      { ...address, address: "20.1.1.1", linkIndex: 2 },
    ],
  }),
  secret: ok(1),
  ...SOUND_MACHINE,
};

const PARSING = { directory: "/etc/locum", hash: () => "0123456789abcdef" };

const ports = (text: string, change: Partial<CheckPorts> = {}): CheckPorts => ({
  readText: () => ok(text),
  openness: () => [],
  parse: (content) => parseClusterSource(content, PARSING),
  readable: (content) => readableClusterSource(content, PARSING),
  hostName: () => "laptop",
  facts: () => FACTS,
  secret: () => ok(1),
  outlook: () => [],
  reload: () => undefined,
  start: ({ services }) => services.map(({ name, nodes }) => ({ service: name, node: nodes[0], candidates: [] })),
  ...change,
});

const OPTIONS: CheckOptions = { config: "cluster.yaml", node: undefined, json: false };

test("a good file: what it means, and that only the file was checked", () => {
  assert.deepEqual(check(OPTIONS, ports(GOOD)), {
    exitCode: 0,
    stderr: "",
    stdout: `cluster.yaml is right: cluster shop, configuration 01234567
A node that is silent for 100ms is dead (packets every 25ms, port 4994).

  NODE  ADDRESSES               STARTS WITH
  web1  a 10.1.1.1, b 20.1.1.1  shop
  web2  a 10.1.1.2, b 20.1.1.2  nothing

  SERVICE  NODES IN ORDER  FAILBACK   ADDRESSES
  shop     web1, web2      after 30s  10.1.1.100/24

Only the file was checked: this machine, laptop, is none of the nodes (name one with --node).
`,
  });
});

test("path groups and the interfaces of an address are part of what a good file means", () => {
  const text = GOOD.replace(
    "b: 20.1.1.1 }",
    "b: 20.1.1.1 }, paths: { lan: { primary: bond0, secondary: { members: [eth1, eth2] } } }",
  ).replace("10.1.1.100/24", "{ address: 10.1.1.100/24, interfaces: [eth4, eth5] }");
  const { stdout } = check(OPTIONS, ports(text));
  assert.match(
    stdout,
    /\n {2}PATHS {2}NODE {2}PRIMARY {2}SECONDARY {2}STANDBY {2}FAILBACK\n {2}lan {4}web1 {2}bond0 {4}eth1\+eth2 {2}cold {5}no\n\n/,
  );
  assert.match(stdout, /10\.1\.1\.100\/24 on eth4 or eth5/);
});

test("who starts with what is what the agents decide, and what none takes is said with the reasons", () => {
  const room = { code: "no-room", detail: "1 of 1 slots" } as const;
  const start: CheckPorts["start"] = () => [
    { service: "shop", node: undefined, candidates: [{ node: nodeName("web1"), eligible: false, reasons: [room] }] },
    { service: "mail", node: nodeName("web2"), candidates: [] },
  ];
  const { stdout, stderr, exitCode } = check(OPTIONS, ports(GOOD, { start }));
  assert.equal(exitCode, 0);
  assert.match(stdout, /web1 .* nothing\n {2}web2 .* mail\n/);
  assert.match(stderr, /warning \[without-place\] No node takes the service "shop" even .* web1: it has no room/);
});

test("a good machine: the interface of each address", () => {
  for (const result of [
    check({ ...OPTIONS, node: "web1" }, ports(GOOD)),
    check(OPTIONS, ports(GOOD, { hostName: () => "web1" })),
  ]) {
    assert.equal(result.exitCode, 0);
    assert.match(result.stdout, /10\.1\.1\.100\/24 on eth0/);
    assert.match(result.stdout, /Checked for this machine as node web1\./);
  }
});

test("AF-3: whether addresses could change paths, with the name of each check that speaks against it", () => {
  const move = {
    address: "10.1.1.1",
    interface: "eth3",
    results: [{ check: "interface-up", verdict: "yes" }],
  } as const;
  const full = { check: "room-for-address", verdict: "no", detail: "1 of 1" } as const;
  const moves = [move, { ...move, address: "10.1.1.100" }, { ...move, address: "10.1.1.9", results: [full] }];
  const options = { ...OPTIONS, node: "web1" };
  const { stdout } = check(options, ports(GOOD, { outlook: () => moves }));
  assert.match(stdout, /OTHER PATH +ADDRESSES +COULD GO THERE\n +eth3 +10\.1\.1\.1, 10\.1\.1\.100 +yes\n/);
  assert.match(stdout, /eth3 +10\.1\.1\.9 +no: eth3 has no room for another address \(1 of 1\) \(room-for-address\)\n/);
  const json = JSON.parse(check({ ...options, json: true }, ports(GOOD, { outlook: () => moves })).stdout) as {
    moves: { address: string; checks: unknown[] }[];
  };
  assert.deepEqual(json.moves[2]?.checks, [
    { check: "room-for-address", verdict: "no", text: "eth3 has no room for another address (1 of 1)" },
  ]);
});

test("problems as a compiler prints them, exit code 2", () => {
  const text = GOOD.replace("cluster: shop", "cluster: shop\ndetecton: lan").replace("20.1.1.2", "20.1.1.300");
  assert.deepEqual(check(OPTIONS, ports(text)), {
    exitCode: 2,
    stdout: "",
    stderr: `cluster.yaml:2:1: error [unknown-key] There is no key "detecton" at the top
    2 | detecton: lan
      | ^
    Did you mean "detection"?

cluster.yaml:5:39: error [bad-address] "20.1.1.300" is no IP address
    5 |   web2: { networks: { a: 10.1.1.2, b: 20.1.1.300 } }
      |                                       ^
    Write an IPv4 address as in 10.1.1.1 or an IPv6 address as in fd00::1; host names are not looked up

2 errors
`,
  });
});

test("warnings are shown beside a good result", () => {
  const result = check(OPTIONS, ports(GOOD.replace("nodes: [web1, web2]", "nodes: [web1]")));
  assert.equal(result.exitCode, 0);
  assert.match(result.stderr, /cluster\.yaml:6:46: warning \[single-candidate\]/);
  assert.match(result.stderr, /\n1 warning\n$/);
  assert.match(result.stdout, /is right/);
});

test("a machine's problem stands at the line of the file that it is about", () => {
  const secret = refused({ code: "secret.missing", message: "Cannot read it", advice: "Make one" });
  const result = check({ ...OPTIONS, node: "web2" }, ports(GOOD, { facts: () => ({ ...FACTS, secret }) }));
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /cluster\.yaml:4:26: error \[network-address-missing\]/);
  assert.match(result.stderr, /error \[secret\.missing\] Cannot read it/);
});

test("what the machine lacks for programs and commands is told along with what is wrong in the file", () => {
  const programs = "programs: { db: { run: [/bin/db], user: nobdy } }";
  const text = GOOD.replace("cluster: shop", "cluster: shop\ndetecton: lan")
    .replace("failback: { after: 30s } }", `failback: { after: 30x }, ${programs} }`)
    .concat("notify: { pager: { run: [/bin/page] } }\n");
  const lacking = {
    ...FACTS.programs,
    unknownUsers: new Set(["nobdy"]),
    executables: new Map([["/bin/page", { kind: "missing" as const, problem: "there is none" }]]),
  };
  const codesOf = (node: string | undefined, change = text): readonly string[] => {
    const { stderr } = check({ ...OPTIONS, node }, ports(change, { facts: () => ({ ...FACTS, programs: lacking }) }));
    return [...stderr.matchAll(/error \[([^\]]+)\]/g)].map(([, code]) => code ?? "");
  };
  const both = ["unknown-key", "bad-duration", "user-missing", "executable-missing"];
  assert.deepEqual(codesOf("web1"), both);
  assert.deepEqual(codesOf(undefined), both.slice(0, 2), "the machine is no node");
  assert.deepEqual(codesOf("web1", text.replace("nodes: [web1, web2]", "nodes: [web1, web9]")), [
    "unknown-key",
    "unknown-node",
    "bad-duration",
  ]);
});

test("a far column of a long line is shown with its surroundings, and no sign that a terminal obeys", () => {
  const text = `cluster: shop\nnodes: {${" ".repeat(300)}web1: { networks: { a: 10.1.1.1, "\u001b[2J": 10.1.1.2 } }, web2: {} }\n`;
  const { stderr } = check(OPTIONS, ports(text));
  assert.ok(!stderr.includes("\u001b"));
  assert.ok(stderr.split("\n").every((line) => line.length < 200));
});

test("an unreadable file", () => {
  const problem = {
    code: "file-unreadable",
    line: 1,
    column: 1,
    path: "",
    message: "Cannot read it",
    advice: "Create it",
  };
  const result = check(
    OPTIONS,
    ports("", { readText: () => refused({ ...problem, code: "file-unreadable" as const }) }),
  );
  assert.equal(result.exitCode, 2);
  assert.match(result.stderr, /cluster\.yaml:1:1: error \[file-unreadable\] Cannot read it\n    Create it/);
});

test("the same as JSON", () => {
  const good = check({ ...OPTIONS, json: true, node: "web1" }, ports(GOOD));
  assert.deepEqual(JSON.parse(good.stdout), {
    ok: true,
    file: "cluster.yaml",
    checkedAs: "web1",
    problems: [],
    reload: null,
    moves: [],
    cluster: {
      name: "shop",
      hash: "0123456789abcdef",
      port: 4994,
      secretFile: "/etc/locum/secret",
      detection: { interval: "25ms", timeout: "100ms" },
      nodes: [
        { name: "web1", networks: { a: "10.1.1.1", b: "20.1.1.1" } },
        { name: "web2", networks: { a: "10.1.1.2", b: "20.1.1.2" } },
      ],
      services: [
        { name: "shop", nodes: ["web1", "web2"], addresses: [{ address: "10.1.1.100/24", interface: "eth0" }] },
      ],
    },
  });
  const bad = check({ ...OPTIONS, json: true }, ports("cluster: shop\n"));
  assert.equal(bad.exitCode, 2);
  assert.equal(bad.stderr, "");
  assert.deepEqual(JSON.parse(bad.stdout).problems[0].code, "missing-key");
});

test("a machine that is a node by another name is told so, and its secret is looked at all the same", () => {
  const called = (hostName: string, secret: string | undefined): readonly string[] => {
    const change: Partial<CheckPorts> =
      secret === undefined ? {} : { secret: () => refused({ code: secret, message: "no good", advice: "mend it" }) };
    const { stdout } = check({ ...OPTIONS, json: true }, ports(GOOD, { hostName: () => hostName, ...change }));
    const { problems } = JSON.parse(stdout) as { problems: { severity: string; code: string; advice: string }[] };
    return problems.map(({ severity, code, advice }) => `${severity} ${code} ${advice}`);
  };
  const meant = /^warning machine-not-checked Did you mean --node web2\?/;
  assert.match(called("web2.example.org", undefined).join(), meant);
  assert.match(called("WEB2", undefined).join(), meant);
  assert.deepEqual(called("web3", undefined), [], "a machine that is none of them");
  assert.deepEqual(called("laptop.example.org", "secret.missing"), []);
  assert.deepEqual(called("laptop", "secret.refused"), []);
  assert.deepEqual(called("laptop", "secret.readable-by-others"), ["error secret.readable-by-others mend it"]);
});
