import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkedNode, type NetworkedNodeOptions } from "../../../test/support/networked-node.js";

const routed = (options: NetworkedNodeOptions = {}): NetworkedNode =>
  new NetworkedNode({ ...options, service: { hostRoutes: true, ...options.service } });

test("there is a route by the holder's address on a network that works, and another one when that fails", () => {
  const node = routed();
  assert.deepEqual(node.routes, [], "nobody holds it");
  node.claim("web1", 1);
  assert.deepEqual(node.routes, ["192.168.1.1 via 10.1.1.1 dev a"]);
  node.hear("web1", "a", false);
  node.pass(5);
  assert.deepEqual(node.routes, ["192.168.1.1 via 20.1.1.1 dev b"]);
  assert.deepEqual(node.emptyMoments, [], "there was a route all along");
});

test("a cable that is pulled here switches the route at once", () => {
  const node = routed();
  node.claim("web1", 1);
  node.carrier("a", false);
  assert.deepEqual(node.routes, ["192.168.1.1 via 20.1.1.1 dev b"]);
});

test("the route follows the service, and goes when this node takes it, or nobody has it", () => {
  const node = routed();
  node.claim("web1", 1);
  node.claim("web2", 2);
  node.claim("web1", 1, "released");
  assert.deepEqual(node.routes, ["192.168.1.1 via 10.1.1.2 dev a"]);
  node.silence("web2");
  assert.deepEqual(node.routes, [], "its holder is gone");
  node.silence("web1");
  node.pass(2_000);
  assert.deepEqual(node.routes, []);
  assert.equal(node.view().services[0]?.holder, "web3");
});

test("where routes may be is on record before the first", () => {
  const node = routed();
  node.claim("web1", 1);
  assert.deepEqual(node.recorded, ["192.168.1.1"]);
  assert.deepEqual(node.unrecorded, []);
});

test("a route that another program removes, or that goes with its interface, comes back", () => {
  const node = routed();
  node.claim("web1", 1);
  node.dropRoutes();
  node.pass(10_000);
  assert.deepEqual(node.routes, ["192.168.1.1 via 10.1.1.1 dev a"]);
  assert.equal(node.notes.filter(({ code }) => code === "route.restored").length, 1);
  node.pass(60_000);
  assert.equal(node.notes.filter(({ code }) => code === "route.restored").length, 1, "what is there is no news");
});

test("a refusal is found and told once, and tried again", () => {
  const node = routed();
  node.refusal = { code: "ENETUNREACH", message: "Nexthop has invalid gateway" };
  node.claim("web1", 1);
  node.pass(20_000);
  assert.deepEqual(node.routes, []);
  assert.equal(node.notes.filter(({ code }) => code === "route.refused").length, 1);
  const found = (): boolean => node.view().findings.some(({ finding }) => finding.kind === "route-refused");
  assert.ok(found());
  node.refusal = undefined;
  node.pass(10_000);
  assert.deepEqual(node.routes, ["192.168.1.1 via 10.1.1.1 dev a"]);
  assert.ok(!found());
});

test("all routes are removed before the agent ends", () => {
  const node = routed();
  node.claim("web1", 1);
  node.take({ kind: "stop-requested" });
  node.pass(1_000);
  assert.deepEqual(node.routes, []);
  assert.ok(node.hasExited);
});

test("after the guard removed them, they are made anew", () => {
  const node = routed();
  node.claim("web1", 1);
  node.dropRoutes();
  node.take({ kind: "guard-fired", incarnation: 2 });
  node.claim("web1", 1);
  assert.deepEqual(node.routes, [], "what is asked for at once may still go with the rest");
  node.pass(1_000);
  assert.deepEqual(node.routes, ["192.168.1.1 via 10.1.1.1 dev a"]);
});

test("an address of another family than all networks has no route, and a service without the wish none at all", () => {
  const addresses = [{ address: "fd00::1", family: 6, prefixLength: 64 }] as const;
  const other = routed({ service: { addresses } });
  other.claim("web1", 1);
  assert.deepEqual(other.routes, []);
  const plain = new NetworkedNode();
  plain.claim("web1", 1);
  assert.deepEqual([plain.routes, plain.recorded], [[], undefined]);
});

test("a route that was put back after the guard's act, and before its word, is not forgotten", () => {
  const node = routed();
  node.claim("web1", 1);
  node.dropRoutes();
  node.pass(10_000);
  node.take({ kind: "guard-fired", incarnation: 2 });
  node.claim("web2", 2);
  node.pass(1_000);
  assert.deepEqual(node.routes, ["192.168.1.1 via 10.1.1.2 dev a"]);
  node.claim("web2", 2, "released");
  node.silence("web1");
  node.silence("web2");
  node.pass(2_000);
  assert.deepEqual(node.routes, []);
});
