import assert from "node:assert/strict";
import { test } from "node:test";
import { pairCluster } from "../../test/support/peer-pair.js";
import type { ServiceConfig } from "./cluster.js";
import { nodeName, serviceName } from "./names.js";
import { storedCluster } from "./stored-cluster.js";

test("what an earlier version wrote down gets what was added since; what is there stays", () => {
  const shop: ServiceConfig = {
    name: serviceName("shop"),
    addresses: [],
    nodes: [nodeName("web1")],
    failback: { kind: "never" },
    identity: "announce",
  };
  const cluster = { ...pairCluster(7_000), services: [shop, { ...shop, identity: "listen" as const }] };
  const { identity: _identity, ...old } = shop;
  const nodes = cluster.nodes.map(({ paths: _paths, ...node }) => node);
  assert.deepEqual(storedCluster({ ...cluster, nodes, services: [old, ...cluster.services.slice(1)] }), cluster);
});
