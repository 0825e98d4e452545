/** Orders about paths go to the node whose paths they are, and its answer comes back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PathCommand } from "../../src/model/command.js";
import { nodeName } from "../../src/model/names.js";
import { pathGroupName } from "../../src/model/path.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

function running(): ScenarioBench {
  const bench = new ScenarioBench(clusterOf(["web1", "web2"], { shop: {} }));
  bench.start("web1", "web2");
  bench.pass(1_000);
  return bench;
}

const group = pathGroupName("lan");
const orders = (name: string): readonly PathCommand[] => {
  const node = nodeName(name);
  return [
    { kind: "path-switch", node, group, to: "eth1" },
    { kind: "path-pause", node, group },
    { kind: "path-resume", node, group },
    { kind: "path-detach", node, interface: "eth0" },
    { kind: "path-attach", node, interface: "eth0" },
  ];
};

for (const asked of ["web1", "web2"]) {
  test(`${asked} is asked about a group that web2 does not have`, () => {
    const bench = running();
    for (const order of orders("web2")) {
      const isOfGroup = "group" in order;
      assert.deepEqual(bench.command(asked, order), {
        ok: false,
        code: isOfGroup ? "unknown-path-group" : "unknown-interface",
        message: isOfGroup ? "web2 has no path group lan: it has none" : "No path group of web2 has the interface eth0",
      });
    }
  });
}

test("the record says what was ordered, as it is typed", () => {
  const bench = running();
  for (const order of orders("web2")) bench.command("web1", order);
  const said = bench.transcript.join("\n").match(/path (?:switch|pause|resume|detach|attach)[^\n"]*/g) ?? [];
  assert.deepEqual(
    [...new Set(said)],
    [
      "path switch lan --to eth1 --node web2",
      "path pause lan --node web2",
      "path resume lan --node web2",
      "path detach eth0 --node web2",
      "path attach eth0 --node web2",
    ],
  );
});

test("a node that is not there", () => {
  const bench = running();
  const [order] = orders("web9");
  assert.ok(order !== undefined);
  assert.deepEqual(bench.command("web1", order), { ok: false, code: "unknown-node", message: "There is no node web9" });
});
