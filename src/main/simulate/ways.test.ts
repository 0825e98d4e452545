import assert from "node:assert/strict";
import { test } from "node:test";
import { LocumError } from "../../base/locum-error.js";
import type { Cluster } from "../../model/cluster.js";
import { parseCluster } from "../../model/configuration/parse-cluster.js";
import { parseFault } from "./fault.js";
import { whatIf } from "./what-if.js";

/** Two gateways with the same paths, and a service each of whose addresses is as given. */
function clusterOf(address: string, paths: string): Cluster {
  const parsed = parseCluster(
    `cluster: gate
nodes:
  gate1: { networks: { ha: 10.9.9.1 }, paths: ${paths} }
  gate2: { networks: { ha: 10.9.9.2 }, paths: ${paths} }
services:
  files: { addresses: [${address}], nodes: [gate1, gate2] }
`,
    { directory: "/etc/locum", hash: () => "00" },
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

/** Who holds it after each fault, and what then speaks against gate1. */
function course(cluster: Cluster, ...faults: readonly string[]): readonly string[] {
  const steps = whatIf(
    cluster,
    faults.map((text) => parseFault(text, cluster)),
  );
  return steps.slice(1).map(({ outcomes: [outcome] }) => {
    const reasons = outcome?.candidates.find(({ node }) => node === "gate1")?.reasons ?? [];
    return [outcome?.after.join("+"), ...reasons.map(({ code, detail }) => `${code} ${detail}`)].join(": ");
  });
}

const PAIR = "{ inside: { primary: eth0, secondary: eth1 } }";

test("a service leaves its node when no path of the group is left, however its address names the group", () => {
  for (const name of ["inside", "eth0", "eth1"]) {
    const cluster = clusterOf(`{ address: 10.1.1.10/24, interface: ${name} }`, PAIR);
    assert.deepEqual(
      course(cluster, "interface gate1 eth0 down", "interface gate1 eth1 down", "interface gate1 eth0 up"),
      ["gate1", "gate2: paths-down inside", "gate2"],
      name,
    );
  }
});

test("AF-1: an address with several interfaces leaves its node with the last of them", () => {
  const cluster = clusterOf("{ address: 10.1.1.10/24, interfaces: [eth5, inside] }", PAIR);
  const down = ["eth5", "eth0", "eth1"].map((name) => `interface gate1 ${name} down`);
  assert.deepEqual(course(cluster, ...down), ["gate1", "gate1", "gate2: link-down eth5"]);
  const one = clusterOf("{ address: 10.1.1.10/24, interface: eth5 }", "{}");
  assert.deepEqual(course(one, "interface gate1 eth5 down"), ["gate2: link-down eth5"]);
});

test("HN-9: a trunk is lost with so many of its members as its threshold says", () => {
  const trunk = (threshold: string): string =>
    `{ inside: { primary: { members: [eth0, eth2, eth3, eth4] }, secondary: { interface: bond1 }, threshold: ${threshold} } }`;
  const down = ["bond1", "eth0", "eth2"].map((name) => `interface gate1 ${name} down`);
  const address = "{ address: 10.1.1.10/24, interface: inside }";
  assert.deepEqual(course(clusterOf(address, trunk("50%")), ...down), ["gate1", "gate1", "gate2: paths-down inside"]);
  assert.deepEqual(course(clusterOf(address, trunk("1")), ...down.slice(0, 2)), ["gate1", "gate2: paths-down inside"]);
});

test("an interface that the file does not name is refused, with those that it names", () => {
  const advice = (cluster: Cluster): string | undefined => {
    try {
      parseFault("interface gate1 eth9 down", cluster);
    } catch (error) {
      return error instanceof LocumError ? error.failure.advice : undefined;
    }
    return undefined;
  };
  const named = clusterOf("{ address: 10.1.1.10/24, interfaces: [eth5, inside] }", PAIR);
  assert.equal(advice(named), "It names: eth0, eth1, eth5");
  const none = clusterOf("10.9.9.10/24", "{}");
  assert.equal(advice(none), 'It names none: use "link gate1 NETWORK down" for the cable to a network');
});
