import assert from "node:assert/strict";
import { test } from "node:test";
import { byDepth } from "./finding-order.js";
import { networkName, nodeName, serviceName } from "./names.js";
import type { Finding } from "./note.js";

const node = nodeName("web1");

test("who reads findings from the top meets the cause first: files and keys, networks, nodes, services", () => {
  const services: readonly Finding[] = [{ kind: "service-unplaced", service: serviceName("shop") }];
  const nodes: readonly Finding[] = [{ kind: "node-down", node }];
  const networks: readonly Finding[] = [{ kind: "network-down", network: networkName("a"), services: [] }];
  const causes: readonly Finding[] = [
    { kind: "agent-impaired", what: "peer stream web1", problem: "it has another secret" },
    { kind: "configuration-differs", node },
  ];
  const mixed = [...services, ...nodes, ...networks, ...causes];
  assert.deepEqual(mixed.toSorted(byDepth), [...causes, ...networks, ...nodes, ...services]);
});
