/** Why a service moved is known in the end, in whatever order the words about it came. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeName, serviceName } from "../../src/model/names.js";
import type { MoveReason } from "../../src/model/node-state.js";
import { ruleName } from "../../src/model/rule.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

test("a holder's state, which says why it let go, may come after its word that it did", () => {
  const bench = new ScenarioBench(clusterOf(["web1", "web2"], { shop: {} }));
  bench.start("web1", "web2");
  bench.pass(1_000);
  const reason = (): MoveReason | undefined => bench.member("web2").node.view(bench.now).services[0]?.reason;
  bench.muted.add("web1");
  bench.carrier("web1", false);
  assert.deepEqual(bench.holders("192.168.1.1"), ["web2"]);
  assert.deepEqual(reason(), { kind: "holder-unfit", from: "web1", reasons: [] });
  bench.muted.delete("web1");
  bench.repeatState("web1");
  const reasons = [{ code: "link-down", detail: "eth0" }];
  assert.deepEqual(reason(), { kind: "holder-unfit", from: "web1", reasons });
});

test("the rules that move a service to and fro are named, though it moves on before the word about it came", () => {
  const bench = new ScenarioBench(clusterOf(["web1", "web2"], { shop: {} }));
  bench.start("web1", "web2");
  bench.pass(1_000);
  const reason = (at: string): MoveReason | undefined => bench.member(at).node.view(bench.now).services[0]?.reason;
  const move = (at: string, to: string, rule: string): void =>
    void bench.command(at, {
      kind: "move",
      service: serviceName("shop"),
      to: nodeName(to),
      by: { kind: "rule", name: ruleName(rule) },
    });
  bench.muted.add("web1").add("web2");
  move("web1", "web2", "ping");
  bench.pass(10);
  move("web2", "web1", "pong");
  bench.pass(10);
  move("web1", "web2", "ping");
  bench.pass(10);
  bench.muted.clear();
  bench.repeatState("web1");
  bench.repeatState("web2");
  bench.pass(100);
  assert.deepEqual(bench.holders("192.168.1.1"), ["web2"]);
  for (const at of ["web1", "web2"]) assert.deepEqual(reason(at), { kind: "rule", from: "web1", by: "ping" }, at);
});
