/** Orders that take as long as a program takes to end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seconds } from "../../src/base/time.js";
import type { Command, CommandOutcome } from "../../src/model/command.js";
import { nodeName } from "../../src/model/names.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { running, shop } from "./running.js";

const web1 = nodeName("web1");

/** What the drain of web1, given at one node, is answered with, and after how many seconds. */
function drained(at: string, stopSeconds: number, stopMs: number): readonly [number, CommandOutcome | undefined] {
  const db = programConfig("db", { stop: { signal: "SIGTERM", timeout: seconds(stopSeconds) } });
  const bench = running(["web1", "web2"], programsConfig([db]));
  bench.programs.manners.set("db", { stopMs });
  const before = bench.outcomes.size;
  bench.command(at, { kind: "drain", node: web1 });
  let passed = 0;
  for (; passed < 700 && bench.outcomes.size === before; passed += 1) bench.pass(1_000);
  return [passed, [...bench.outcomes.values()].at(-1)];
}

for (const at of ["web1", "web2"]) {
  test(`a drain that waits for a program to end is answered when it has, given at ${at}`, () => {
    const [passed, outcome] = drained(at, 10, 8_000);
    assert.deepEqual([passed, outcome], [8, { ok: true, message: "web1 is drained: it holds nothing" }]);
  });

  test(`one that takes longer than who asks can wait says what it waits for, given at ${at}`, () => {
    const [passed, outcome] = drained(at, 1_000, 900_000);
    assert.ok(passed >= 600 && passed < 605 && outcome?.ok === false, JSON.stringify(outcome));
    assert.equal(outcome.code, "timed-out");
    assert.match(
      outcome.message,
      /^`locum drain web1` goes on: still waiting for db of shop to end on web1, \d+ min( \d+ s)? of 16 min 40 s$/,
    );
  });
}

/** What an order about shop, whose program is ready this long after its start, is answered with, and after how many seconds. */
function begun(
  command: Command,
  startMs: number,
  before: readonly Command[] = [],
): readonly [number, string | undefined] {
  const bench = running(["web1", "web2"], programsConfig([programConfig("db")]));
  for (const each of before) bench.command("web1", each);
  bench.pass(3_000);
  bench.programs.manners.set("db", { startMs });
  const answers = bench.outcomes.size;
  bench.command("web2", command);
  let passed = 0;
  for (; passed < 700 && bench.outcomes.size === answers; passed += 1) bench.pass(1_000);
  return [passed, [...bench.outcomes.values()].at(-1)?.message];
}

test("orders that start programs are answered when these are ready, as long as the file lets them take", () => {
  const stop: Command = { kind: "stop-service", service: shop };
  assert.deepEqual(begun({ kind: "restart-service", service: shop }, 20_000), [21, "shop is restarted"]);
  assert.deepEqual(begun({ kind: "start-service", service: shop }, 20_000, [stop]), [20, "shop is started on web1"]);
});

/** Services of which each has other nodes, on a web1 that is drained and has to keep them all. */
function drainedInVain(names: readonly string[]): string {
  const services = names.map((name, at) => [name, at % 2 === 0 ? {} : { nodes: [web1, nodeName("web3")] }] as const);
  const bench = new ScenarioBench(clusterOf(["web1", "web2", "web3"], Object.fromEntries(services)));
  bench.start("web1", "web2", "web3");
  bench.pass(3_000);
  bench.command("web2", { kind: "drain", node: nodeName("web2") });
  bench.carrier("web3", false);
  bench.pass(1_000);
  bench.command("web1", { kind: "drain", node: web1 });
  bench.pass(1_000);
  return [...bench.outcomes.values()].at(-1)?.message ?? "";
}

test("a drain that cannot move several services says of each why, in a line of its own", () => {
  assert.deepEqual(drainedInVain(["app", "db"]).split("\n"), [
    "web1 is drained, but goes on serving app and db:",
    "  app: web2 cannot: it is drained; web3 cannot: its interface eth0 has no link",
    "  db: web3 cannot: its interface eth0 has no link",
    "What it keeps moves as soon as another node can hold it",
  ]);
});

test("of very many, as many reasons are told as another node can pass on", () => {
  const message = drainedInVain(Array.from({ length: 40 }, (_, at) => `service-${at}`));
  assert.ok(message.length < 1_024, message);
  assert.match(message, /\n {2}and \d\d more: `locum explain SERVICE` tells of each\n/);
});
