import assert from "node:assert/strict";
import { test } from "node:test";
import { pairCluster } from "../../test/support/peer-pair.js";
import { storedCluster } from "./stored-cluster.js";

test("what an earlier version wrote down gets what was added since; what is there stays", () => {
  const cluster = pairCluster(7_000);
  const nodes = cluster.nodes.map(({ paths: _paths, ...node }) => node);
  assert.deepEqual(storedCluster({ ...cluster, nodes }), cluster);
  assert.deepEqual(storedCluster(cluster), cluster);
});
