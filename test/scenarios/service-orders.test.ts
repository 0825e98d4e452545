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

const answerTo = (bench: ScenarioBench, command: Command): string | undefined => {
  const now = bench.command("web1", command);
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

test("whoever starts a service that is held is told which of its programs begin again", () => {
  const exits = { 0: "stop", "*": "restart" } as const;
  const migrate = programConfig("migrate", { restart: { ...programConfig("migrate").restart, exits } });
  const bench = running(["web1", "web2"], programsConfig([migrate, programConfig("db")]));
  bench.programs.end("web1", "migrate", { kind: "status", status: 0 });
  bench.pass(1_000);
  assert.equal(
    answerTo(bench, { kind: "start-service", service: shop }),
    "shop was not stopped; nodes that its programs failed on may have it again, and migrate begins again on web1",
  );
  assert.ok(bench.programs.on("web1").includes("migrate"), "as it says");
});
