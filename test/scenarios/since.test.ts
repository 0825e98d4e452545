/** Since when a service is held is the same time at every node, whenever and however it heard of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

const NAMES = ["web1", "web2", "web3"] as const;

function running(): ScenarioBench {
  const bench = new ScenarioBench(clusterOf(NAMES, { shop: {} }));
  bench.start(...NAMES);
  bench.pass(1_000);
  return bench;
}

/** What each living node tells, in milliseconds before now. */
const told = (bench: ScenarioBench): readonly (number | undefined)[] =>
  bench.members
    .filter((each) => each.alive)
    .map(({ node }) => node.view(bench.now).services[0]?.since)
    .map((since) => (since === undefined ? undefined : (bench.now - since) / 1_000));

test("all nodes tell the same, while the cluster runs", () => {
  const bench = running();
  bench.pass(5_000);
  const [first, ...others] = told(bench);
  assert.deepEqual(others, [first, first]);
});

test("right after a takeover, while the new holder's state is under way", () => {
  const bench = running();
  bench.muted.add("web2");
  bench.crash("web1");
  assert.deepEqual(bench.holders("192.168.1.1"), ["web2"]);
  bench.pass(1_000);
  assert.deepEqual(told(bench), [1_000, 1_000]);
  bench.muted.delete("web2");
  bench.repeatState("web2");
  assert.deepEqual(told(bench), [1_000, 1_000]);
});

test("a node that was restarted learns it from the holder's latest state, however old that is", () => {
  const bench = running();
  bench.crash("web3");
  bench.pass(60_000);
  bench.start("web3");
  const [first, ...others] = told(bench);
  assert.deepEqual(others, [first, first]);
});

test("a state that lay unread is corrected by the next one, and never the other way", () => {
  const bench = running();
  bench.crash("web3");
  bench.muted.add("web1");
  bench.start("web3");
  bench.muted.delete("web1");
  const [holder] = told(bench);
  bench.repeatState("web1", 500);
  assert.notEqual(told(bench)[2], holder);
  bench.repeatState("web1");
  assert.equal(told(bench)[2], holder);
  bench.repeatState("web1", 500);
  assert.equal(told(bench)[2], holder);
});

test("what a machine keeps in a pause, whose agent is away, it has for as long as before", () => {
  const bench = running();
  bench.pass(5_000);
  bench.command("web1", { kind: "pause" });
  bench.pass(1_000);
  const [before] = told(bench);
  bench.input(bench.member("web1"), { kind: "stop-requested" });
  bench.pass(1_000);
  assert.deepEqual(told(bench), [(before ?? 0) + 1_000, (before ?? 0) + 1_000]);
});

test("a node that was restarted learns it through another one as well, however long that has known", () => {
  const bench = running();
  bench.partition("web1", "web3", true);
  bench.crash("web3");
  bench.pass(60_000);
  bench.start("web3");
  bench.pass(1_000);
  const [first, ...others] = told(bench);
  assert.deepEqual(others, [first, first]);
});
