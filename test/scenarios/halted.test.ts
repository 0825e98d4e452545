/** A service that an operator stopped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeName } from "../../src/model/names.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { SHOP, running, shop } from "./running.js";

test("a service that was stopped and started is held because somebody started it, in the words of every node", () => {
  const bench = running(["web1", "web2"]);
  bench.command("web2", { kind: "stop-service", service: shop });
  bench.pass(1_000);
  bench.command("web2", { kind: "start-service", service: shop });
  bench.pass(1_000);
  for (const node of ["web1", "web2"]) {
    assert.deepEqual(bench.member(node).node.view(bench.now).services[0]?.reason, { kind: "started" }, node);
  }
  bench.crash("web1");
  bench.pass(1_000);
  const [service] = bench.member("web2").node.view(bench.now).services;
  assert.deepEqual(service?.reason, { kind: "holder-silent", from: "web1" }, "a later move has its own reason");
});

test("who starts what was not stopped hears of its programs only where it has some", () => {
  const start = { kind: "start-service", service: shop } as const;
  assert.equal(running().command("web1", start)?.message, "shop was not stopped");
  const serving = running(["web1", "web2"], programsConfig([programConfig("db")]));
  assert.match(serving.command("web1", start)?.message ?? "", /not stopped; nodes that its programs failed on/);
});

test("a stopped service waits for nobody, whatever its nodes are fit for", () => {
  const bench = running(["web1", "web2"]);
  bench.command("web1", { kind: "stop-service", service: shop });
  for (const node of ["web1", "web2"]) bench.carrier(node, false);
  bench.pass(2_000);
  const kinds = bench.findings("web1").map(({ kind }) => kind);
  assert.ok(!kinds.includes("service-unplaced"), kinds.join());
});

test("what a machine without an agent keeps in a pause waits for nobody", () => {
  const bench = running(["web1", "web2"]);
  bench.command("web1", { kind: "pause" });
  bench.carrier("web2", false);
  bench.input(bench.member("web1"), { kind: "stop-requested" });
  bench.pass(2_000);
  const kinds = bench.findings("web2").map(({ kind }) => kind);
  assert.ok(kinds.includes("left-behind") && !kinds.includes("service-unplaced"), kinds.join());
});

test("an address that an agent finds of a service that was stopped meanwhile is taken off", () => {
  const bench = running(["web1", "web2"]);
  bench.command("web1", { kind: "pause" });
  bench.input(bench.member("web1"), { kind: "stop-requested" });
  bench.pass(200);
  assert.ok(bench.member("web1").kernel.has(SHOP), "it stays in a pause");
  bench.command("web2", { kind: "unpause", force: true });
  bench.command("web2", { kind: "stop-service", service: shop });
  bench.pass(3_000);
  bench.start("web1");
  bench.pass(3_000);
  assert.equal(bench.member("web2").node.view(bench.now).services[0]?.state, "stopped");
  assert.equal(bench.member(nodeName("web1")).kernel.has(SHOP), false);
});
