import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { parseCluster } from "./parse-cluster.js";

const FILE = `
cluster: shop
networks: { a: { ping: [10.1.1.253, 10.1.1.254] } }
nodes:
  web1: { networks: { a: 10.1.1.1, b: "fd00::1" } }
  web2: { networks: { a: 10.1.1.2, b: "fd00::2" } }
services:
  shop: { addresses: [192.168.1.1/24, 192.168.1.2/24], nodes: [web1, web2] }
  mail: { addresses: [{ address: "fd01::1/64", interface: eth0 }], nodes: [web2, web1], failback: { after: 60s } }
`;

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");

function hashOf(text: string, directory = "/etc/locum"): string {
  const parsed = parseCluster(text, { directory, hash });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value.hash;
}

const edit = (from: string, to: string): string => {
  assert.ok(FILE.includes(from), from);
  return FILE.replace(from, to);
};

test("files that mean the same have one hash", () => {
  const same = [
    `# comment\n${FILE}`,
    FILE.replaceAll("\n", "\r\n"),
    edit("cluster: shop", "cluster: shop\nport: 4994\ndetection: lan\nsecretFile: elsewhere"),
    edit("cluster: shop", "cluster: shop\ndetection: { timeout: 0.1s, interval: 25ms }"),
    edit("cluster: shop", "cluster: shop\ndamping: { banMax: 60m }"),
    edit("[10.1.1.253, 10.1.1.254]", "[10.1.1.254, 10.1.1.253]"),
    edit('{ a: 10.1.1.1, b: "fd00::1" }', '{ b: "FD00:0:0::0001", a: 10.1.1.1 }'),
    edit("[192.168.1.1/24, 192.168.1.2/24]", "[{ address: 192.168.1.2/24 }, 192.168.1.1/24]"),
    edit("60s", "1m"),
    edit("nodes: [web1, web2]", "failback: false, nodes: [web1, web2]"),
  ];
  for (const text of same) assert.equal(hashOf(text), hashOf(FILE), text);
  assert.equal(hashOf(FILE, "/somewhere/else"), hashOf(FILE));
});

test("what a version added later leaves the hash of older files as it was", () => {
  assert.equal(hashOf(FILE), "540be8b48de1447f64b8322aab6737762aa1ab11df718c670203b8488e25814e");
  const spelled = edit('10.1.1.1, b: "fd00::1" } }', '10.1.1.1, b: "fd00::1" }, paths: {} }');
  assert.equal(hashOf(spelled), hashOf(FILE));
  const ordinary = "nodes: [web1, web2], size: { slots: 1 }, priority: 0, spread: false, labels: [front], with: []";
  assert.equal(hashOf(edit("nodes: [web1, web2]", ordinary)), hashOf(FILE));
  assert.equal(hashOf(edit('"fd00::1" } }', '"fd00::1" }, capacity: {}, weight: 1 }')), hashOf(FILE));
});

const crowdWith = (rest: string): string => edit("nodes: [web1, web2]", `nodes: [web1, web2], ${rest}`);

test("each thing said of room and of other services counts, however it is written", () => {
  const different = [
    crowdWith("priority: 1"),
    crowdWith("spread: true"),
    crowdWith("size: { slots: 2 }"),
    crowdWith("with: [mail]"),
    crowdWith("apart: [mail]"),
    crowdWith("needs: [mail]"),
    edit('"fd00::1" } }', '"fd00::1" }, capacity: { slots: 2 } }'),
    edit('"fd00::1" } }', '"fd00::1" }, weight: 2 }'),
  ];
  const hashes = new Set([FILE, ...different].map((text) => hashOf(text)));
  assert.equal(hashes.size, different.length + 1);
  assert.equal(
    hashOf(edit('"fd00::1" } }', '"fd00::1" }, capacity: { memory: 1GiB } }')),
    hashOf(edit('"fd00::1" } }', '"fd00::1" }, capacity: { memory: 1073741824 } }')),
  );
  const labelled = edit("failback: { after: 60s }", "failback: { after: 60s }, labels: [front]");
  const byLabel = labelled.replace("nodes: [web1, web2]", "nodes: [web1, web2], apart: [front]");
  assert.equal(hashOf(byLabel), hashOf(crowdWith("apart: [mail]")));
});

const GROUP = "{ primary: eth0, secondary: { members: [eth1, eth2] } }";
const withGroup = (group: string): string =>
  edit('"fd00::1" } }', `"fd00::1" }, paths: { lan: ${group}, dmz: { primary: eth8, secondary: eth9 } } }`);
const groupWith = (rest: string): string => withGroup(GROUP.replace(/ }$/, `, ${rest} }`));

test("path groups that mean the same have one hash", () => {
  const same = [
    withGroup("{ secondary: { members: [eth2, eth1] }, primary: { interface: eth0 } }"),
    groupWith("standby: cold, mac: keep, threshold: 50.0%, settleDelay: 0.5s, failback: false, addressesMax: 15"),
    groupWith("monitor: { carrier: true, ping: [], need: any, interval: 20ms, downFor: 60ms, upFor: 2s }"),
    withGroup(GROUP).replace(/(lan: .*), (dmz: .*) } }/, "$2, $1 } }"),
  ];
  for (const text of same) assert.equal(hashOf(text), hashOf(withGroup(GROUP)), text);
});

test("whatever else a path group means has another hash", () => {
  const others = [
    FILE,
    withGroup(GROUP),
    withGroup(GROUP).replace("lan", "wan"),
    withGroup(GROUP.replace("eth0", "eth7")),
    withGroup(GROUP.replace("eth2", "eth7")),
    withGroup(GROUP.replace("members", "interface: eth2, members").replace(", eth2]", "]")),
    ...[
      "standby: warm",
      "standby: { warm: { address: 129.1.1.5/24 } }",
      "standby: { warm: { mac: 02:00:00:00:00:05 } }",
      "mac: move",
      "threshold: 51%",
      "threshold: 1",
      "threshold: { bandwidth: 50% }",
      "settleDelay: 1s",
      "failback: true",
      "failback: { after: 1s }",
      "addressesMax: 16",
      "monitor: { carrier: { downFor: 1s } }",
      "monitor: { ping: [10.1.1.7] }",
      "monitor: { carrier: false, ping: [10.1.1.7] }",
      "monitor: { ping: [10.1.1.7], need: all }",
      "monitor: { interval: 21ms }",
      "monitor: { downFor: 61ms }",
      "monitor: { upFor: 3s }",
    ].map(groupWith),
    edit("interface: eth0", "interfaces: [eth0, eth1]"),
    edit("interface: eth0", "interfaces: [eth1, eth0]"),
  ];
  const hashes = others.map((text) => hashOf(text));
  assert.equal(new Set(hashes).size, hashes.length);
});

test("whatever means something else has another hash", () => {
  const others = [
    edit("cluster: shop", "cluster: shop2"),
    edit("cluster: shop", "cluster: shop\nport: 4995"),
    edit("cluster: shop", "cluster: shop\ndetection: fast"),
    edit("cluster: shop", "cluster: shop\ndamping: { failures: 4 }"),
    edit("cluster: shop", "cluster: shop\ndamping: { within: 11m }"),
    edit("cluster: shop", "cluster: shop\ndamping: { ban: 2m }"),
    edit("cluster: shop", "cluster: shop\ndamping: { banMax: 2h }"),
    edit("10.1.1.254", "10.1.1.252"),
    edit("a: 10.1.1.1,", "a: 10.1.1.3,"),
    edit("web2: {", "web2: &x {").replaceAll("web2", "web3"),
    edit("192.168.1.1/24", "192.168.1.1/25"),
    edit("192.168.1.1/24", "192.168.1.3/24"),
    edit("192.168.1.1/24", "{ address: 192.168.1.1/24, interface: eth1 }"),
    edit("interface: eth0", "interface: eth1"),
    edit("nodes: [web1, web2]", "nodes: [web2, web1]"),
    edit("nodes: [web1, web2]", "nodes: [web1]"),
    edit("{ after: 60s }", "true"),
    edit("{ after: 60s }", "false"),
    edit("{ after: 60s }", "{ after: 61s }"),
    edit("  shop: {", "  shop: { identity: listen,"),
    edit("  shop: {", "  shop: { hostRoutes: true,"),
    edit("  shop: {", "  shop: { identity: mac,"),
    edit("  shop: {", "  shop: { identity: { mac: 02:00:00:00:00:05 },"),
    edit("  shop: {", "  shop2: {"),
  ];
  const hashes = [FILE, ...others].map((text) => hashOf(text));
  assert.equal(new Set(hashes).size, hashes.length);
});
