/** Orders to fence that are taken back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command, CommandOutcome } from "../../src/model/command.js";
import type { FenceConfig } from "../../src/model/fencing.js";
import { nodeName } from "../../src/model/names.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf, hashOf } from "./cluster.js";
import { type Device, fenceConfig } from "./fence-bench.js";

const [web2, web3] = [nodeName("web2"), nodeName("web3")];
const RETRY_MS = 31_000;

function fencing(device: Device, config: FenceConfig = fenceConfig(["pdu"], { attempts: 5 })): ScenarioBench {
  const plain = clusterOf(["web1", "web2", "web3"], { shop: {} });
  const cluster = { ...plain, nodes: plain.nodes.map((node) => ({ ...node, fence: config })) };
  const bench = new ScenarioBench({ ...cluster, hash: hashOf(cluster) });
  bench.fencing.devices.set("pdu", device);
  bench.start("web1", "web2", "web3");
  bench.pass(1_000);
  return bench;
}

const runs = (bench: ScenarioBench): number =>
  bench.transcript.filter((line) => line.includes(" runs pdu against web3")).length;

function answerTo(bench: ScenarioBench, at: string, command: Command): CommandOutcome {
  const before = new Set(bench.outcomes.keys());
  bench.command(at, command);
  bench.pass(100);
  const [answer] = [...bench.outcomes].filter(([id]) => !before.has(id)).map(([, outcome]) => outcome);
  assert.ok(answer !== undefined);
  return answer;
}

const cancel = (bench: ScenarioBench, at: string): CommandOutcome =>
  answerTo(bench, at, { kind: "cancel-fence", node: web3 });

const fenceOf = (bench: ScenarioBench, at: string): unknown =>
  bench
    .member(at)
    .node.view(bench.now)
    .nodes.find(({ name }) => name === web3)?.fence;

test("an order that failed on several nodes is taken back on all of them, wherever that is said", () => {
  const bench = fencing({ ms: 1_000, does: "fails" });
  bench.command("web1", { kind: "fence", node: web3 });
  bench.pass(12_000);
  assert.equal(runs(bench), 2);
  assert.equal(bench.findings("web3").filter(({ kind }) => kind === "fence-failed").length, 2);
  assert.deepEqual(cancel(bench, "web3"), {
    ok: true,
    message: "The order to fence web3 is taken back: no method is run any more",
  });
  bench.pass(1_000);
  for (const { name } of bench.members) {
    assert.equal(fenceOf(bench, name), undefined, name);
    assert.deepEqual(
      bench.findings(name).filter(({ kind }) => kind === "fence-failed"),
      [],
    );
  }
  bench.pass(5 * RETRY_MS);
  assert.equal(runs(bench), 2);
  assert.ok(bench.transcript.some((line) => line.includes("An operator took back the order to fence web3")));
});

test("a method that runs goes on, and nothing comes after it; what is ordered later is done", () => {
  const bench = fencing({ ms: 3_000, does: "fails" });
  bench.command("web1", { kind: "fence", node: web3 });
  bench.pass(1_000);
  const outcome = cancel(bench, "web2");
  assert.ok(outcome.ok);
  assert.match(outcome.message, /a method that runs already goes on, and may yet cut it off/u);
  bench.pass(3 * RETRY_MS);
  assert.equal(runs(bench), 1);
  bench.fencing.devices.set("pdu", { ms: 1_000, does: "cuts" });
  bench.command("web2", { kind: "fence", node: web3 });
  bench.pass(5_000);
  assert.equal(runs(bench), 2);
  assert.equal(bench.member("web3").alive, false);
});

test("an order is refused where the method of one that was taken back still runs: it would end with that one", () => {
  const bench = fencing({ ms: 3_000, does: "fails" });
  bench.command("web1", { kind: "fence", node: web3 });
  bench.pass(1_000);
  assert.ok(cancel(bench, "web2").ok);
  bench.pass(500);
  const again = answerTo(bench, "web1", { kind: "fence", node: web3 });
  assert.deepEqual(again, { ok: false, code: "busy", message: "A method for web3 still runs" });
  bench.pass(RETRY_MS);
  assert.equal(answerTo(bench, "web1", { kind: "fence", node: web3 }).ok, true);
});

test("refused where nothing was ordered, or it is done", () => {
  const bench = fencing({ ms: 1_000, does: "cuts" });
  assert.deepEqual(cancel(bench, "web1"), {
    ok: false,
    code: "not-eligible",
    message: "Nobody is to fence web3 by an order",
  });
  bench.command("web1", { kind: "fence", node: web3 });
  bench.pass(5_000);
  assert.deepEqual(cancel(bench, "web2"), {
    ok: false,
    code: "not-eligible",
    message: "web1 has fenced web3 already, by pdu",
  });
  assert.deepEqual(answerTo(bench, "web1", { kind: "cancel-fence", node: nodeName("web9") }), {
    ok: false,
    code: "unknown-node",
    message: "There is no node web9",
  });
  assert.deepEqual(fenceOf(bench, web2) !== undefined, true);
});

for (const [what, again] of [
  ["another agent", (bench: ScenarioBench): void => bench.start("web1")],
  [
    "another boot",
    (bench: ScenarioBench): void => {
      bench.crash("web1");
      bench.start("web1");
    },
  ],
] as const) {
  test(`what was taken back stays so for who did not hear of it, though by then ${what} runs where that was said`, () => {
    const bench = fencing({ ms: 1_000, does: "fails" });
    bench.command("web1", { kind: "fence", node: web3 });
    bench.pass(12_000);
    assert.equal(runs(bench), 2);
    bench.partition("web2", "web1", true);
    bench.partition("web2", "web3", true);
    bench.pass(1_000);
    assert.ok(cancel(bench, "web1").ok);
    bench.pass(1_000);
    again(bench);
    bench.pass(5_000);
    bench.partition("web2", "web1", false);
    bench.partition("web2", "web3", false);
    bench.pass(3 * RETRY_MS);
    assert.equal(runs(bench), 2);
  });
}
