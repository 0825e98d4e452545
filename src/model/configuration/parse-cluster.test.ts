import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { milliseconds } from "../../base/time.js";
import type { PathGroupConfig } from "../path.js";
import { parseCluster } from "./parse-cluster.js";

const SHOP = `
cluster: shop
secretFile: keys/../secret
nodes:
  web1: { networks: { a: 10.1.1.1, b: 20.1.1.1 } }
  web2: { networks: { a: 10.1.1.2, b: 20.1.1.2 } }
services:
  shop:
    addresses: [192.168.1.1/24, { address: "FD00:0::1/64", interface: eth0 }]
    nodes: [web2, web1]
    failback: { after: 30s }
`;

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const parse = (text: string) => parseCluster(text, { directory: "/etc/locum", hash });

test("`nodes: all` means every node in the order of the file, and the same as a list of them", () => {
  const fileWith = (nodes: string): string => `cluster: demo
nodes:
  web2: { networks: { a: 10.1.1.2 } }
  web1: { networks: { a: 10.1.1.1 } }
services:
  shop: { addresses: [192.168.1.1/24], nodes: ${nodes} }
`;
  const clusterOf = (nodes: string) => parseCluster(fileWith(nodes), { directory: "/etc/locum", hash: (text) => text });
  const [all, listed, wrong] = [clusterOf("all"), clusterOf("[web2, web1]"), clusterOf("web1")];
  assert.ok(all.ok && listed.ok && !wrong.ok);
  assert.deepEqual(all.value.services, listed.value.services);
  assert.equal(all.value.hash, listed.value.hash);
  assert.match(wrong.problem[0]?.message ?? "", /a list of node names, or `all`/);
});

test("a file becomes a cluster with defaults, canonical addresses and an absolute secret path", () => {
  const parsed = parse(SHOP);
  assert.ok(parsed.ok);
  const { hash: digest, ...meaning } = parsed.value;
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.deepEqual(meaning, {
    name: "shop",
    secretFile: "/etc/locum/secret",
    port: 4994,
    detection: { interval: milliseconds(25), timeout: milliseconds(100) },
    damping: {
      failures: 3,
      within: milliseconds(600_000),
      ban: milliseconds(60_000),
      banMax: milliseconds(3_600_000),
    },
    networks: [
      { name: "a", ping: [] },
      { name: "b", ping: [] },
    ],
    nodes: [
      {
        name: "web1",
        networks: [
          { network: "a", address: "10.1.1.1" },
          { network: "b", address: "20.1.1.1" },
        ],
        paths: [],
      },
      {
        name: "web2",
        networks: [
          { network: "a", address: "10.1.1.2" },
          { network: "b", address: "20.1.1.2" },
        ],
        paths: [],
      },
    ],
    services: [
      {
        name: "shop",
        addresses: [
          { address: "192.168.1.1", family: 4, prefixLength: 24 },
          { address: "fd00::1", family: 6, prefixLength: 64, interface: "eth0" },
        ],
        nodes: ["web2", "web1"],
        failback: { kind: "after", delay: milliseconds(30_000) },
      },
    ],
  });
});

test("a path group in its short form has these defaults", () => {
  const [group] = groupsOf(`{ primary: eth0, secondary: eth1 }`);
  assert.deepEqual(group, {
    name: "mether0",
    primary: { interface: "eth0", members: [] },
    secondary: { interface: "eth1", members: [] },
    standby: { kind: "cold" },
    mac: "keep",
    monitor: {
      carrierDownFor: milliseconds(0),
      ping: [],
      need: "any",
      interval: milliseconds(20),
      downFor: milliseconds(60),
      upFor: milliseconds(2_000),
    },
    threshold: { of: "members", share: 0.5 },
    settleDelay: milliseconds(500),
    failback: { kind: "never" },
    addressesMax: 15,
  });
});

test("every key of a path group", () => {
  const [group] = groupsOf(`{
    primary: { members: [eth0, eth2] }, secondary: { interface: bond1, members: [eth1, eth3] },
    standby: { warm: { address: 129.1.1.5/24, mac: 08-A0-20-CD-10-54 } }, mac: move,
    monitor: { carrier: { downFor: 2s }, ping: [10.1.1.254, FD00::FE], need: all, interval: 1s, downFor: 3s, upFor: 1m },
    threshold: { bandwidth: 75% }, settleDelay: 1s, failback: { after: 30s }, addressesMax: 200 }`);
  assert.deepEqual(group, {
    name: "mether0",
    primary: { members: ["eth0", "eth2"] },
    secondary: { interface: "bond1", members: ["eth1", "eth3"] },
    standby: {
      kind: "warm",
      address: { address: "129.1.1.5", family: 4, prefixLength: 24 },
      mac: "08:a0:20:cd:10:54",
    },
    mac: "move",
    monitor: {
      carrierDownFor: milliseconds(2_000),
      ping: ["10.1.1.254", "fd00::fe"],
      need: "all",
      interval: milliseconds(1_000),
      downFor: milliseconds(3_000),
      upFor: milliseconds(60_000),
    },
    threshold: { of: "bandwidth", share: 0.75 },
    settleDelay: milliseconds(1_000),
    failback: { kind: "after", delay: milliseconds(30_000) },
    addressesMax: 200,
  });
});

test("the other forms of a path group's values", () => {
  const of = (rest: string): PathGroupConfig | undefined => groupsOf(`{ primary: eth0, secondary: eth1, ${rest} }`)[0];
  assert.deepEqual(of("standby: warm")?.standby, { kind: "warm" });
  assert.deepEqual(of("threshold: 3")?.threshold, { of: "members", count: 3 });
  assert.deepEqual(of("threshold: 12.5%")?.threshold, { of: "members", share: 0.125 });
  assert.deepEqual(of("failback: true")?.failback, { kind: "after", delay: 0 });
  assert.equal(of("monitor: { carrier: false, ping: [10.1.1.9] }")?.monitor.carrierDownFor, undefined);
  assert.deepEqual(
    groupsOf(
      `{ primary: eth0, secondary: eth1 }, "7": { primary: a, secondary: b }, "3": { primary: c, secondary: d }`,
    ).map(({ name }) => name),
    ["mether0", "7", "3"],
  );
});

test("an address with its interfaces", () => {
  const parsed = parse(`${NODES}services:
  shop:
    addresses: [{ address: "fe80::9/64", interfaces: [eth0, eth1] }, { address: 192.168.1.1/24, interface: mether0, label: web }]
    nodes: [web1]
`);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [shop] = parsed.value.services;
  assert.deepEqual(shop?.addresses, [
    { address: "fe80::9", family: 6, prefixLength: 64, interfaces: ["eth0", "eth1"] },
    { address: "192.168.1.1", family: 4, prefixLength: 24, interface: "mether0", label: "web" },
  ]);
});

const NODES = `
cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
`;

function groupsOf(text: string): readonly PathGroupConfig[] {
  const parsed = parse(NODES.replace("a: 10.1.1.1 }", `a: 10.1.1.1 }, paths: { mether0: ${text} }`));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.nodes[0]?.paths ?? [];
}

test("problems come all at once, each with its place", () => {
  const parsed = parse("cluster: shop\ndetecton: lan\nport: big\nnodes: {}\n");
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.problem.map(({ code, line, column, path }) => ({ code, line, column, path })),
    [
      { code: "unknown-key", line: 2, column: 1, path: "detecton" },
      { code: "wrong-type", line: 3, column: 7, path: "port" },
      { code: "too-few", line: 4, column: 1, path: "nodes" },
    ],
  );
});

test("nodes, networks and services keep the order of the file, even when their names are numbers", () => {
  const parsed = parse(`
cluster: shop
nodes:
  z: { networks: { "7": 10.1.1.1, a: 20.1.1.1 } }
  "10": { networks: { "7": 10.1.1.2, a: 20.1.1.2 } }
  "2": { networks: { a: 20.1.1.3, "7": 10.1.1.3 } }
services:
  b: { addresses: [10.9.9.1/24], nodes: ["10", "2", z] }
  "1": { addresses: [10.9.9.2/24], nodes: [z] }
`);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { nodes, networks, services } = parsed.value;
  assert.deepEqual(
    nodes.map(({ name }) => name),
    ["z", "10", "2"],
  );
  assert.deepEqual(
    networks.map(({ name }) => name),
    ["7", "a"],
  );
  assert.deepEqual(
    services.map(({ name }) => name),
    ["b", "1"],
  );
  assert.deepEqual(
    nodes[2]?.networks.map(({ network }) => network),
    ["a", "7"],
  );
});

test("anchors and aliases stand for what they name", () => {
  const parsed = parse(`
cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [10.9.9.1/24], nodes: &order [web2, web1], failback: &later { after: 10s } }
  mail: { addresses: [10.9.9.2/24], nodes: *order, failback: *later }
`);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const [shop, mail] = parsed.value.services;
  assert.deepEqual(mail?.nodes, shop?.nodes);
  assert.deepEqual(mail?.failback, { kind: "after", delay: milliseconds(10_000) });
});
