/** A node whose interface may carry no more addresses takes what nobody else serves, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../../src/base/time.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { groupConfig } from "../support/path-group-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf, hashOf } from "./cluster.js";

const [shop, web1] = [serviceName("shop"), nodeName("web1")];
const ADDRESS = "192.168.1.1";

/** web2 serves; web1, which is preferred, came back, and its own address is all that its interface may carry. */
function served(): ScenarioBench {
  const plain = clusterOf(["web1", "web2"], { shop: { failback: { kind: "after", delay: milliseconds(0) } } });
  const nodes = plain.nodes.map((node) =>
    node.name === web1 ? { ...node, paths: [groupConfig({ addressesMax: 1 })] } : node,
  );
  const bench = new ScenarioBench({ ...plain, nodes, hash: hashOf({ ...plain, nodes }) });
  bench.start("web2");
  bench.pass(1_000);
  bench.start("web1");
  bench.pass(5_000);
  return bench;
}

const refusals = (bench: ScenarioBench): readonly string[] =>
  bench.transcript.flatMap((line) => /shop stays on .*$/.exec(line)?.[0] ?? []);

test("AF-4: it is not failed back to, and that is said once, with the reason", () => {
  const bench = served();
  assert.deepEqual(bench.holders(ADDRESS), ["web2"]);
  assert.deepEqual(refusals(bench), [
    "shop stays on web2 and does not fail back: web1 cannot take it, because eth0 may carry no more addresses",
  ]);
});

test("AF-4: a move to it is refused, with the reason, and is an event", () => {
  const bench = served();
  assert.deepEqual(bench.command("web1", { kind: "move", service: shop, to: web1 }), {
    ok: false,
    code: "not-eligible",
    message: "web1 cannot take shop: eth0 may carry no more addresses",
  });
  bench.pass(1_000);
  assert.deepEqual(bench.holders(ADDRESS), ["web2"]);
  assert.deepEqual(refusals(bench).slice(1), [
    "shop stays on web2: web1 cannot take it, because eth0 may carry no more addresses",
  ]);
});

test("it takes what is served nowhere", () => {
  const bench = served();
  bench.crash("web2");
  bench.pass(1_000);
  assert.deepEqual(bench.holders(ADDRESS), ["web1"]);
});
