import assert from "node:assert/strict";
import { test } from "node:test";
import { serviceName, nodeName } from "../../src/model/names.js";
import { ScenarioBench, clusterOf } from "./bench.js";

const SHOP = "192.168.1.1";
const shop = serviceName("shop");
const [web1, web2] = [nodeName("web1"), nodeName("web2")];

function runningPair(): ScenarioBench {
  const bench = new ScenarioBench(clusterOf(["web1", "web2"], { shop: {} }));
  bench.start("web1", "web2");
  bench.pass(1_000);
  assert.deepEqual(bench.holders(SHOP), ["web1"]);
  bench.transcript.length = 0;
  return bench;
}

test("the preferred node takes the service when both start", () => {
  runningPair();
});

test("TK-1: the standby takes over from a dead holder and keeps the service", () => {
  const bench = runningPair();
  bench.crash("web1");
  assert.deepEqual(bench.holders(SHOP), ["web2"]);
  bench.pass(500);
  bench.start("web1");
  bench.pass(5_000);
  assert.deepEqual(bench.holders(SHOP), ["web2"]);
});

test("HS-23: a move is made before it is broken", () => {
  const bench = runningPair();
  const outcome = bench.command("web2", { kind: "move", service: shop, to: web2 });
  assert.equal(outcome?.ok, true);
  assert.deepEqual(bench.holders(SHOP), ["web2"]);
  assert.equal(bench.command("web2", { kind: "drain", node: web2 })?.ok, true);
  assert.deepEqual(bench.holders(SHOP), ["web1"]);
  assert.equal(bench.command("web1", { kind: "drain", node: web1 })?.ok, false);
});

test("HS-2: an orderly stop hands over first", () => {
  const bench = runningPair();
  bench.input(bench.member("web1"), { kind: "stop-requested" });
  bench.pass(10);
  assert.deepEqual(bench.holders(SHOP), ["web2"]);
  assert.equal(bench.member("web1").alive, false);
});
