/** What an operator is told of an order about a service and its programs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ORDINARY } from "../../src/model/cluster.js";
import type { Command } from "../../src/model/command.js";
import { nodeName, serviceName } from "../../src/model/names.js";
import { programName } from "../../src/model/program.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { running, shop } from "./running.js";

const answerTo = (bench: ScenarioBench, command: Command, at = "web1"): string | undefined => {
  const now = bench.command(at, command);
  bench.pass(3_000);
  return (now ?? [...bench.outcomes.values()].at(-1))?.message;
};

test("who would move a service away from the one that it is to be with is told which one to move", () => {
  const app = serviceName("app");
  const placement = { ...ORDINARY, with: [app] };
  const bench = new ScenarioBench(clusterOf(["web1", "web2"], { app: {}, sidecar: { placement } }));
  bench.start("web1", "web2");
  bench.pass(3_000);
  const to = nodeName("web2");
  assert.match(
    answerTo(bench, { kind: "move", service: serviceName("sidecar"), to }) ?? "",
    /; move that one, and it goes along: `locum move app --to web2`$/,
  );
  answerTo(bench, { kind: "move", service: app, to });
  const holders = bench
    .member("web1")
    .node.view(bench.now)
    .services.map(({ holder }) => holder);
  assert.deepEqual(holders, ["web2", "web2"], "as it says");
});

test("a restart names what was restarted", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  const restart = { kind: "restart-service", service: shop } as const;
  assert.equal(answerTo(bench, { ...restart, program: programName("db") }), "db of shop is restarted");
  assert.equal(answerTo(bench, restart), "shop is restarted");
});

for (const [who, at] of [
  ["the one that holds it", "web1"],
  ["the one that shall have it", "web2"],
  ["a third one", "web3"],
] as const) {
  for (const [how, standby] of [
    ["start there first", false],
    ["stand by there", true],
  ] as const) {
    test(`a move is over when all of the service is there, whose programs ${how}, whoever is asked: ${who}`, () => {
      const db = programConfig("db", standby ? { standby, awaitsRole: true } : {});
      const bench = new ScenarioBench(clusterOf(["web1", "web2", "web3"], { shop: programsConfig([db]) }));
      bench.programs.manners.set("db", { startMs: 400, stopMs: 300, roleMs: 200 });
      bench.start("web1", "web2", "web3");
      bench.pass(3_000);
      assert.equal(bench.command(at, { kind: "move", service: shop, to: nodeName("web2") }), undefined, "not at once");
      let passed = 0;
      for (; bench.outcomes.size === 0 && passed < 5_000; passed += 5) bench.pass(5);
      assert.equal([...bench.outcomes.values()][0]?.message, "web2 holds shop");
      const [view] = bench.member("web2").node.view(bench.now).services;
      assert.deepEqual([view?.holder, view?.state], ["web2", "active"]);
    });
  }
}

test("a move to a node on which a program then fails for good, so that the service comes back, is not called done", () => {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  bench.programs.manners.set("db", { startMs: 400, exits: { kind: "status", status: 7 } });
  bench.command("web1", { kind: "move", service: shop, to: nodeName("web2") });
  let passed = 0;
  for (; bench.outcomes.size === 0 && passed < 60_000; passed += 5) bench.pass(5);
  const [outcome] = bench.outcomes.values();
  assert.equal(outcome?.ok, false);
  assert.equal(outcome?.message, "web2 did not take shop, or could not serve it; web1 has it");
});

const migrate = programConfig("migrate", {
  restart: { ...programConfig("migrate").restart, exits: { 0: "stop", 1: "stop", "*": "restart" } },
});
const start: Command = { kind: "start-service", service: shop };

test("whoever starts a service that is held is told which of its programs begin again", () => {
  const bench = running(["web1", "web2"], programsConfig([migrate, programConfig("db")]));
  bench.programs.end("web1", "migrate", { kind: "status", status: 1 });
  bench.pass(1_000);
  assert.equal(
    answerTo(bench, start),
    "shop was not stopped; nodes that its programs failed on may have it again, and migrate begins again on web1",
  );
  assert.ok(bench.programs.on("web1").includes("migrate"), "as it says");
});

test("what has done its work is not done again because a service is started that was not stopped, or another one restarted", () => {
  const bench = running(["web1", "web2"], programsConfig([migrate, programConfig("db")]));
  bench.programs.end("web1", "migrate", { kind: "status", status: 0 });
  bench.pass(1_000);
  assert.equal(answerTo(bench, start), "shop was not stopped; nodes that its programs failed on may have it again");
  assert.deepEqual(bench.programs.on("web1"), ["db"]);
  const restart = { kind: "restart-service", service: shop } as const;
  answerTo(bench, { ...restart, program: programName("db") });
  assert.deepEqual(bench.programs.on("web1"), ["db"]);
  answerTo(bench, { ...restart, program: programName("migrate") });
  assert.deepEqual(bench.programs.on("web1"), ["db", "migrate"], "by its name it is");
  bench.programs.end("web1", "migrate", { kind: "status", status: 0 });
  answerTo(bench, { kind: "stop-service", service: shop });
  answerTo(bench, start);
  assert.deepEqual(bench.programs.on("web1"), ["migrate", "db"], "and with all of them");
});

for (const [where, at] of [
  ["here", "web1"],
  ["elsewhere", "web2"],
] as const) {
  test(`a service that is started ${where} and has a program that cannot be ended is not called started`, () => {
    const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
    bench.programs.manners.set("db", { stopMs: 1e9, isUnkillable: true });
    bench.command("web1", { kind: "stop-service", service: shop });
    bench.pass(60_000);
    assert.match(answerTo(bench, start, at) ?? "", /^shop is not started: db cannot be ended on web1/);
  });

  test(`a service that is started ${where} and whose program fails is not called started`, () => {
    const db = programConfig("db", {
      restart: { ...programConfig("db").restart, delays: [], exhausted: { kind: "stop" } },
    });
    const bench = running(["web1", "web2"], programsConfig([db]));
    answerTo(bench, { kind: "stop-service", service: shop });
    bench.programs.manners.set("db", { exits: { kind: "status", status: 3 } });
    assert.match(answerTo(bench, start, at) ?? "", /^web1 has shop and does not serve it: db is down there/);
  });

  test(`a service that is started ${where} is called so when its programs serve`, () => {
    const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
    answerTo(bench, { kind: "stop-service", service: shop });
    bench.programs.manners.set("db", { startMs: 2_000 });
    assert.equal(bench.command(at, start), undefined);
    bench.pass(1_000);
    assert.doesNotMatch([...bench.outcomes.values()].at(-1)?.message ?? "", /is started/);
    bench.pass(2_000);
    assert.equal([...bench.outcomes.values()].at(-1)?.message, "shop is started on web1");
  });
}
