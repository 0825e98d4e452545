import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import { refused } from "../../base/result.js";
import { KernelTable } from "../addresses/kernel-table.js";
import { PathGroups } from "../paths/path-groups.js";
import { carrierMacs } from "./carrier-macs.js";

test("only Ethernet addresses are told: peers refuse the whole state of a node that names another", () => {
  const kernel = new KernelTable();
  const links = { eth0: "02:00:00:00:00:01", gre1: "0a:00:00:01", ib0: Array(20).fill("80").join(":"), tun0: "" };
  for (const [at, [name, mac]] of Object.entries(links).entries()) {
    kernel.setLink({ index: at + 1, name, mac, up: true, carrier: true, mtu: 1_500 });
  }
  const facts = {
    kernel,
    isOurs: () => false,
    rival: () => undefined,
    isMoving: () => false,
    claimant: () => undefined,
  };
  const paths = new PathGroups(
    instant(0),
    { self: nodeName("web1"), configs: [], memories: [], plans: [], snapshots: [] },
    facts,
  );
  const address = { address: "192.0.2.1", family: 4, prefixLength: 24, interfaces: Object.keys(links) } as const;
  const service = {
    name: serviceName("shop"),
    addresses: [address],
    nodes: [nodeName("web1")],
    failback: { kind: "never" },
  } as const;
  const told = carrierMacs(service, { kernel, paths, locator: () => refused({ code: "interface-missing" }) });
  assert.deepEqual(
    told.map(({ mac }) => mac),
    [links.eth0],
  );
});
