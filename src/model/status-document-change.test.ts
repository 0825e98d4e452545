import assert from "node:assert/strict";
import { test } from "node:test";
import type { NodeDocument, ServiceDocument, StatusDocument } from "./status-document.js";
import { applyChange, matchesChange, statusChanges } from "./status-document-change.js";

const SINCE = "2026-03-01T12:00:00.000Z";

const node = (rttMs: number): NodeDocument => ({
  state: "up",
  since: SINCE,
  networks: { a: { reachable: true, oneWay: null, rttMs } },
  address: null,
  version: null,
  bannedUntil: null,
  paths: {},
  attributes: {},
  fence: null,
});

const service = (holder: string): ServiceDocument => ({
  holder,
  epoch: 1,
  state: "active",
  stoppedBy: null,
  unservedSince: null,
  programs: [],
  since: SINCE,
  reason: "no node held it",
  reasonCode: "cluster-start",
  addresses: [],
  reach: [],
  candidates: [],
  listensFor: [],
});

const BEFORE: StatusDocument = {
  cluster: "demo",
  node: "web1",
  version: "0.1.0",
  configHash: "00",
  paused: false,
  nodes: { web1: node(1), web2: node(1) },
  services: { shop: service("web1"), mail: service("web1") },
  findings: [],
};

const AFTER: StatusDocument = {
  ...BEFORE,
  paused: true,
  nodes: { web1: node(2), web3: node(1) },
  services: { shop: service("web2"), mail: service("web1") },
  findings: [
    {
      kind: "node-down",
      severity: "warning",
      since: SINCE,
      text: "web2 is down",
      advice: "Look at its console",
      about: { node: "web2" },
    },
  ],
};

test("changes name what differs, and applied they give the new status", () => {
  const changes = statusChanges(BEFORE, AFTER, { roundTrips: true });
  const names = changes.map((change) => ("name" in change ? `${change.kind} ${change.name}` : change.kind));
  assert.deepEqual(names, ["cluster", "node web1", "node web2", "node web3", "service shop", "findings"]);
  assert.deepEqual(changes.reduce(applyChange, BEFORE), AFTER);
});

test("round trips alone are no change, unless they are wanted", () => {
  const slower = { ...BEFORE, nodes: { ...BEFORE.nodes, web2: node(7) } };
  assert.deepEqual(statusChanges(BEFORE, slower, { roundTrips: false }), []);
  assert.deepEqual(statusChanges(BEFORE, slower, { roundTrips: true }), [
    { kind: "node", name: "web2", value: node(7) },
  ]);
});

test("a filter takes kinds, and single nodes and services", () => {
  const changes = statusChanges(BEFORE, AFTER, { roundTrips: false });
  const wanted = (filter: { kinds?: []; nodes?: string[]; services?: string[] }) =>
    changes
      .filter((change) => matchesChange({ kinds: [], nodes: [], services: [], ...filter }, change))
      .map((change) => ("name" in change ? change.name : change.kind));
  assert.deepEqual(wanted({}), ["cluster", "web2", "web3", "shop", "findings"]);
  assert.deepEqual(wanted({ nodes: ["web3"], services: ["mail", "shop"] }), ["web3", "shop"]);
  assert.ok(matchesChange({ kinds: ["findings"], nodes: [], services: [] }, { kind: "findings", value: [] }));
});
