/** What an operator may order in a pause: a service is stopped and started by order, and nothing moves by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeName } from "../../src/model/names.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import type { ScenarioBench } from "./bench.js";
import { SHOP, running, shop } from "./running.js";

const stop = { kind: "stop-service", service: shop } as const;
const start = { kind: "start-service", service: shop } as const;

function paused(): ScenarioBench {
  const bench = running(["web1", "web2"]);
  bench.command("web2", { kind: "pause" });
  bench.pass(200);
  return bench;
}

const stateOn = (bench: ScenarioBench, node: string): string | undefined =>
  bench.member(node).node.view(bench.now).services[0]?.state;

const holders = (bench: ScenarioBench): readonly string[] => bench.holders(SHOP);

test("a service is stopped in a pause, and no node takes it, during it or after", () => {
  const bench = paused();
  bench.command("web2", stop);
  bench.pass(1_000);
  assert.deepEqual([...bench.outcomes.values()].at(-1)?.message, "shop is stopped, until `locum start`");
  assert.deepEqual([holders(bench), stateOn(bench, "web1"), stateOn(bench, "web2")], [[], "stopped", "stopped"]);
  bench.command("web1", { kind: "unpause" });
  bench.pass(3_000);
  assert.deepEqual(holders(bench), []);
});

test("it is started in a pause as well, by the first node that can hold it", () => {
  const bench = paused();
  bench.command("web2", stop);
  bench.pass(1_000);
  bench.command("web2", start);
  bench.pass(3_000);
  assert.deepEqual([...bench.outcomes.values()].at(-1)?.message, "shop is started on web1");
  assert.deepEqual([holders(bench), stateOn(bench, "web2")], [["web1"], "active"]);
  bench.carrier("web1", false);
  bench.pass(3_000);
  assert.deepEqual(holders(bench), ["web1"], "nothing else moves");
});

test("programs end with a stop in a pause, and begin with a start", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  bench.command("web2", { kind: "pause" });
  bench.command("web1", stop);
  bench.pass(3_000);
  assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [[], []]);
  bench.command("web1", start);
  bench.pass(3_000);
  assert.deepEqual([bench.programs.on("web1"), bench.programs.on("web2")], [["db"], []]);
});

for (const [where, isPlugged] of [
  ["web1", true],
  ["web2", false],
] as const) {
  test(`a start that comes while a stop is under way is carried out after it, on ${where}`, () => {
    const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
    bench.programs.manners.set("db", { stopMs: 3_000 });
    bench.command("web2", { kind: "pause" });
    bench.command("web1", stop);
    bench.carrier("web1", isPlugged);
    bench.pass(500);
    bench.command("web1", start);
    bench.pass(1_000);
    assert.deepEqual([bench.programs.on("web1"), holders(bench)], [["db"], []], "it has not ended yet");
    bench.pass(10_000);
    assert.deepEqual([bench.programs.on(where), holders(bench), stateOn(bench, "web2")], [["db"], [where], "active"]);
    assert.deepEqual([...bench.outcomes.values()].at(-1)?.message, `shop is started on ${where}`);
  });
}

test("what a machine without an agent may keep is not called stopped, and is not started elsewhere", () => {
  const bench = paused();
  bench.input(bench.member("web1"), { kind: "stop-requested" });
  bench.pass(500);
  bench.command("web2", stop);
  bench.pass(1_000);
  const answer = [...bench.outcomes.values()].at(-1);
  assert.equal(answer?.ok, false);
  assert.match(
    answer?.message ?? "",
    /^shop is to be stopped, but web1's agent is stopped and its machine keeps 192\.168\.1\.1; it ends there when that agent is back$/,
  );
  const refusal = bench.command("web2", start);
  assert.equal(refusal?.ok, false);
  assert.match(
    refusal?.message ?? "",
    /^web1's agent is stopped and its machine keeps 192\.168\.1\.1; start that agent first/,
  );
  bench.pass(3_000);
  assert.deepEqual(holders(bench), ["web1"]);
  bench.start("web1");
  bench.pass(3_000);
  assert.deepEqual([holders(bench), stateOn(bench, "web2")], [[], "stopped"], "as it says");
});

test("a move is refused in a pause, with what works", () => {
  const bench = paused();
  assert.match(
    bench.command("web1", { kind: "move", service: shop, to: nodeName("web2") })?.message ?? "",
    /^The cluster is paused, and nothing moves before `locum unpause`; `locum stop`, `start` and `restart` work in a pause$/,
  );
});

test("a drain in a pause says when what the node keeps moves", () => {
  const bench = paused();
  bench.command("web1", { kind: "drain", node: nodeName("web1") });
  bench.pass(500);
  assert.match(
    [...bench.outcomes.values()].at(-1)?.message ?? "",
    /^web1 is drained, but goes on serving shop while the cluster is paused: it moves after `locum unpause`$/,
  );
});
