/** A node whose secret file has another key than the others': its packets prove nothing, and the operator is told of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DetectorReport } from "../../src/model/heartbeat.js";
import { nodeName, wireId } from "../../src/model/names.js";
import { ruleView } from "../../src/core/rules/rule-view.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { SHOP, holds, running } from "./running.js";

type Refused = Extract<DetectorReport, { readonly kind: "packets-refused" }>;

const REFUSED: Refused = {
  kind: "packets-refused",
  refusal: "unknown-key",
  sender: wireId(nodeName("web2")),
  count: 120,
  fromItsAddress: true,
};

/** The detector of web1 tells so often, once a second, what it refused. */
function refuse(bench: ScenarioBench, times: number, changes: Partial<Refused> = {}): void {
  for (let count = 0; count < times; count += 1) {
    bench.report(bench.member("web1"), { ...REFUSED, ...changes });
    bench.pass(1_000);
  }
}

function withoutPeer(): ScenarioBench {
  const bench = running();
  bench.partition("web1", "web2", true);
  return bench;
}

const kindsOf = (bench: ScenarioBench): readonly string[] => bench.findings("web1").map(({ kind }) => kind);

test("packets of a node that is not heard, sealed with another key again and again, are a finding until they end", () => {
  const bench = withoutPeer();
  refuse(bench, 1);
  assert.ok(!kindsOf(bench).includes("key-differs"), "some may have been under way when the key was changed");
  refuse(bench, 3);
  assert.ok(kindsOf(bench).includes("key-differs"));
  bench.pass(5_000);
  assert.ok(!kindsOf(bench).includes("key-differs"));
});

test("they are told of once, by the finding, and not every second", () => {
  const bench = withoutPeer();
  refuse(bench, 20);
  const told = bench.transcript.filter((line) => line.includes("another key") || line.includes("secret file here"));
  assert.equal(told.length, 3, told.join("\n"));
});

test("a node that is heard has the right key, whoever sends packets in its name", () => {
  const bench = running();
  refuse(bench, 5);
  assert.deepEqual(kindsOf(bench), []);
});

test("the finding is over when the node is heard", () => {
  const bench = withoutPeer();
  refuse(bench, 3);
  bench.partition("web1", "web2", false);
  bench.pass(100);
  assert.deepEqual(kindsOf(bench), []);
});

test("a stranger that contested an address turns out to be the node when that is heard, and has let go of it", () => {
  const bench = new ScenarioBench(clusterOf(["web1", "web2"], { shop: {} }));
  bench.start("web1");
  bench.pass(5_000);
  const heard = { kind: "announcement-heard", interface: "eth0", address: SHOP, mac: "02:00:00:00:00:02" } as const;
  bench.input(bench.member("web1"), heard);
  bench.pass(500);
  assert.ok(kindsOf(bench).includes("address-contested"), kindsOf(bench).join());
  bench.start("web2");
  bench.pass(500);
  assert.deepEqual(kindsOf(bench), []);
});

test("packets from elsewhere, in nobody's name or refused for another reason are no sign of a node's key", () => {
  const bench = withoutPeer();
  const { fromItsAddress: _, ...elsewhere } = REFUSED;
  for (let count = 0; count < 5; count += 1) {
    bench.report(bench.member("web1"), elsewhere);
    refuse(bench, 1, { sender: 0 });
    refuse(bench, 1, { sender: wireId(nodeName("web1")) });
    refuse(bench, 1, { refusal: "forged" });
  }
  assert.ok(!kindsOf(bench).includes("key-differs"), kindsOf(bench).join());
});

test("it decides nothing: services stay, what it explains stays a finding, and rules see that one and not this", () => {
  const bench = withoutPeer();
  bench.pass(1_000);
  const before = bench.findings("web1");
  refuse(bench, 5);
  holds(bench, "web1", "web2");
  assert.deepEqual(
    bench.findings("web1").filter(({ kind }) => kind !== "key-differs"),
    before,
  );
  const { findings } = ruleView(bench.member("web1").node.view(bench.now)).variables;
  const seen = JSON.stringify(findings, (_, value: unknown) => (typeof value === "bigint" ? Number(value) : value));
  assert.ok(seen.includes("node-down") && !seen.includes("key-differs"), seen);
});
