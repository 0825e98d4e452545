/** Why a service moved is known in the end, in whatever order the words about it came. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { MoveReason } from "../../src/model/node-state.js";
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
