/** What is wrong with a node's path groups is wrong at whichever node one asks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KernelLink } from "../../src/model/kernel.js";
import { groupConfig } from "../support/path-group-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

const SPARE: KernelLink = { index: 3, name: "eth1", mac: "02:00:00:00:01:00", up: true, carrier: true, mtu: 1500 };

test("a dead standby path is a finding at every node, until it works or nothing is heard of its node", () => {
  const cluster = clusterOf(["web1", "web2"], { shop: {} });
  const nodes = cluster.nodes.map((node) =>
    node.name === "web1"
      ? { ...node, paths: [groupConfig({ monitor: { ...groupConfig().monitor, ping: [] } })] }
      : node,
  );
  const bench = new ScenarioBench({ ...cluster, nodes });
  bench.spared.add("web1");
  bench.start("web1", "web2");
  bench.pass(10_000);
  const found = (name: string): readonly string[] =>
    bench.findings(name).map((finding) => ("node" in finding ? `${finding.kind} ${finding.node}` : finding.kind));
  assert.deepEqual([found("web1"), found("web2")], [[], []]);
  const carrier = (there: boolean): void => {
    bench.input(bench.member("web1"), { kind: "link-changed", link: { ...SPARE, carrier: there } });
    bench.pass(10_000);
  };
  carrier(false);
  assert.deepEqual([found("web1"), found("web2")], [["standby-path-down web1"], ["standby-path-down web1"]]);
  carrier(true);
  assert.deepEqual([found("web1"), found("web2")], [[], []]);
  carrier(false);
  bench.crash("web1");
  bench.pass(1_000);
  assert.ok(!found("web2").includes("standby-path-down web1"), found("web2").join());
});
