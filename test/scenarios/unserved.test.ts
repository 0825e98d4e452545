/** A service that never becomes ready is not served since there are nodes for it, at every node and in every record. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds } from "../../src/base/time.js";
import { programConfig, programsConfig } from "../support/program-config.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";
import { recordHistories } from "./history-record.js";
import { shop } from "./running.js";

const { outagesOf } = recordHistories();
const NODES = ["web1", "web2"] as const;

function starting(manners: Parameters<ScenarioBench["programs"]["manners"]["set"]>[1]): ScenarioBench {
  const bench = new ScenarioBench(clusterOf(NODES, { shop: programsConfig([programConfig("db")]) }));
  bench.programs.manners.set("db", manners);
  bench.start(...NODES);
  return bench;
}

/** Since when each node says that it is not served, in milliseconds of the scenario. */
const unserved = (bench: ScenarioBench): readonly (number | undefined)[] =>
  bench.members
    .map(({ node }) => node.view(bench.now).services[0]?.unservedSince)
    .map((at) => at && Math.round(at / 1e3));

const stateAt = (bench: ScenarioBench): string | undefined =>
  bench.member("web1").node.view(bench.now).services[0]?.state;

test("however often it is begun anew, on whichever node", () => {
  const bench = starting({ startMs: 900, exits: { kind: "status", status: 1 } });
  bench.pass(2_000);
  const first = unserved(bench);
  const [since = 0] = first;
  const states = new Set<string | undefined>();
  for (let look = 0; look < 100; look += 1) {
    bench.pass(6_100);
    states.add(stateAt(bench));
    assert.deepEqual(unserved(bench), first);
  }
  assert.ok(
    first.every((each) => each !== undefined && Math.abs(each - since) < 100),
    first.join(),
  );
  assert.ok(states.size > 1, "its state goes to and fro");
  for (const { node, outage } of outagesOf(bench)) {
    const { service, state, fromMs } = outage;
    assert.deepEqual([service, state, Math.abs(fromMs - since) < 200], [shop, "lasting", true], `${node} ${fromMs}`);
  }
  assert.deepEqual(
    outagesOf(bench).map(({ node }) => node),
    NODES,
  );
});

test("until it is served", () => {
  const bench = starting({ startMs: 400 });
  bench.pass(200);
  assert.ok(unserved(bench).some((each) => each !== undefined));
  bench.pass(2_000);
  assert.deepEqual(unserved(bench), [undefined, undefined]);
  bench.programs.end("web1", "db", { kind: "status", status: 1 });
  bench.pass(100);
  const [since] = unserved(bench);
  assert.ok(since !== undefined && bench.now / 1e3 - since <= 100);
});

test("what went with the process that watches programs was away since then in every record, here or elsewhere", () => {
  const bench = starting({});
  bench.pass(20_000);
  bench.programs.killAll("web1");
  const began = bench.now / 1e3 - 2_000;
  bench.input(bench.member("web1"), { kind: "program-host-lost", left: [], ago: milliseconds(2_000) });
  bench.pass(1_000);
  const outages = outagesOf(bench);
  assert.deepEqual(
    outages.map(({ node, outage: { from, to } }) => [node, from, to]),
    NODES.map((node) => [node, "web1", "web1"]),
  );
  for (const { node, outage } of outages) assert.ok(Math.abs(outage.fromMs - began) < 20, `${node} ${outage.fromMs}`);
});
