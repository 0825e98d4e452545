import assert from "node:assert/strict";
import { test } from "node:test";
import { parseClusterSource } from "../model/configuration/parse-cluster.js";
import type { Cluster } from "../model/cluster.js";
import { type Eligibility, objections } from "../model/eligibility.js";
import type { KernelSnapshot } from "../model/kernel.js";
import { nodeName } from "../model/names.js";
import { pathOutlook } from "./path-outlook.js";

const WEB1 = nodeName("web1");
const TEXT = `cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 }, paths: { mether0: { primary: eth0, secondary: eth1, addressesMax: 2 } } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [10.1.1.100/24, 10.1.1.101/24], nodes: [web1, web2] }
  own: { addresses: [10.1.1.102/24], nodes: [web1, web2], identity: { mac: 02:00:00:00:00:05 } }
`;

function clusterOf(text: string): Cluster {
  const source = parseClusterSource(text, { directory: "/etc/locum", hash: () => "0123456789abcdef" });
  assert.ok(source.ok, JSON.stringify(source));
  return source.value.cluster;
}

const cluster = (): Cluster => clusterOf(TEXT);

/** A service whose address belongs on an interface or a path group of that name. */
const placedOn = (name: string): Cluster =>
  clusterOf(`cluster: shop
nodes:
  web1: { networks: { a: 10.1.1.1 }, paths: { mether0: { primary: eth0, secondary: eth1 } } }
  web2: { networks: { a: 10.1.1.2 } }
services:
  shop: { addresses: [{ address: 10.1.1.100/24, interface: ${name} }], nodes: [web1] }
`);

const link = { index: 1, name: "eth0", mac: "02:00:00:00:00:01", up: true, carrier: true, mtu: 1500 };
const kernel: KernelSnapshot = {
  links: [link, { ...link, index: 2, name: "eth1" }],
  addresses: [{ linkIndex: 1, family: 4, address: "10.1.1.1", prefixLength: 24, flags: 0 }],
};

const told = (of: Cluster, has: KernelSnapshot): readonly string[] =>
  pathOutlook(of, WEB1, has).map(
    (each) =>
      `${each.address} ${each.interface} ${objections(each)
        .map(({ check }) => check)
        .join()}`,
  );

test("AF-3: each address of a path group, and of the services that would be on it, is asked about before any agent runs", () => {
  assert.deepEqual(told(cluster(), kernel), ["10.1.1.1 eth1 ", "10.1.1.100 eth1 ", "10.1.1.101 eth1 room-for-address"]);
});

test("after a failover it is the other way round, and a path that is down is none to go to", () => {
  const addresses = kernel.addresses.map((each) => ({ ...each, linkIndex: 2 }));
  const links = [{ ...link, carrier: false }, ...kernel.links.slice(1)];
  assert.deepEqual(told(cluster(), { links, addresses })[0], "10.1.1.1 eth0 interface-up,path-healthy");
});

test("after a failover with both paths working again, all addresses are where they are, and services would go there too", () => {
  const own = kernel.addresses.map((each) => ({ ...each, linkIndex: 2 }));
  const held = own.map((each) => ({ ...each, address: "10.1.1.100" }));
  for (const name of ["mether0", "eth0", "eth1"]) {
    for (const addresses of [own, [...own, ...held]]) {
      assert.deepEqual(told(placedOn(name), { ...kernel, addresses }), ["10.1.1.1 eth0 ", "10.1.1.100 eth0 "], name);
    }
  }
});

test("where nothing is on either path, services would go to the one that works", () => {
  const links = [{ ...link, carrier: false }, ...kernel.links.slice(1)];
  assert.deepEqual(told(placedOn("mether0"), { links, addresses: [] }), ["10.1.1.100 eth0 interface-up,path-healthy"]);
});

test("what only a running agent knows is not told as known", () => {
  const known = ([first]: readonly Eligibility[]): readonly string[] =>
    (first ?? assert.fail()).results.filter(({ verdict }) => verdict === "yes").map(({ check }) => check);
  const [plain, watched] = ["", ", monitor: { ping: [10.1.1.254] }"].map((monitor) =>
    known(pathOutlook(clusterOf(TEXT.replace(", addressesMax: 2", monitor)), WEB1, kernel)),
  );
  assert.deepEqual(watched, [
    "interface-present",
    "interface-up",
    "same-network",
    "vlan-available",
    "room-for-address",
    "room-for-mac",
    "mtu",
  ]);
  assert.deepEqual(
    plain?.filter((check) => !watched?.includes(check)),
    ["path-healthy"],
  );
});

test("a node without path groups, or that is not in the file, has nothing to tell", () => {
  assert.deepEqual(pathOutlook(cluster(), nodeName("web2"), kernel), []);
  assert.deepEqual(pathOutlook(cluster(), nodeName("web9"), kernel), []);
});
