/** A service that an operator stopped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeName } from "../../src/model/names.js";
import { SHOP, running, shop } from "./running.js";

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
