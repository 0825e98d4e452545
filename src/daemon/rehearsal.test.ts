import assert from "node:assert/strict";
import { test } from "node:test";
import { namespacesMissing } from "../../test/support/namespaces.js";
import { groupConfig } from "../../test/support/path-group-config.js";
import { milliseconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { PlacedAddress } from "../model/kernel.js";
import { networkName, nodeName, serviceName } from "../model/names.js";
import { LinuxKernel } from "../os/linux/linux-kernel.js";
import { rehearse } from "./rehearsal.js";

const A = networkName("a");
const [SELF, PEER] = [nodeName("web1"), nodeName("web2")];

const CLUSTER: Cluster = {
  name: "shop",
  secretFile: "/nonexistent",
  port: 7_201,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: milliseconds(1), ban: milliseconds(1), banMax: milliseconds(1) },
  networks: [{ name: A, ping: [] }],
  nodes: [
    { name: SELF, networks: [{ network: A, address: "10.0.0.1" }], paths: [groupConfig()] },
    { name: PEER, networks: [{ network: A, address: "10.0.0.2" }], paths: [] },
  ],
  services: [
    {
      name: serviceName("shop"),
      addresses: [{ address: "10.0.0.9", family: 4, prefixLength: 24 }],
      nodes: [PEER, SELF],
      failback: { kind: "never" },
    },
  ],
  hash: "",
};

const SNAPSHOT = {
  links: [{ index: 7, name: "eth0", mac: "02:00:00:00:00:01", up: true, carrier: true, mtu: 1_500 }],
  addresses: [{ linkIndex: 7, family: 4, address: "10.0.0.1", prefixLength: 24, flags: 0 }],
} as const;

test("a rehearsal asks the kernel for nothing but what it refuses", { skip: namespacesMissing() }, () => {
  const kernel = new LinuxKernel();
  const problems: unknown[] = [];
  const before = JSON.stringify(kernel.snapshot());
  rehearse({
    cluster: CLUSTER,
    self: SELF,
    snapshot: SNAPSHOT,
    kernel: {
      addAddress: (placed: PlacedAddress) => refusalOf(kernel.addAddress(placed)?.code),
      removeAddress: (placed: PlacedAddress) => refusalOf(kernel.removeAddress(placed)?.code),
      captureInterface: (name) => kernel.captureInterface(name),
      changeInterface: (change) => kernel.changeInterface(change),
      readConnections: (addresses) => kernel.readConnections(addresses),
    },
  });
  assert.equal(JSON.stringify(kernel.snapshot()), before);
  assert.ok(problems.length > 0 && problems.every((code) => code !== undefined), String(problems));

  function refusalOf(code: string | undefined): undefined {
    problems.push(code);
  }
});
