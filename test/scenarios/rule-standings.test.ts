/** How rules stand at a node: what each found last, when it acted, and what it waits for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { between, inMilliseconds, type Instant, seconds } from "../../src/base/time.js";
import type { AttributeValue } from "../../src/model/attribute.js";
import { nodeName } from "../../src/model/names.js";
import { type RuleConfig, ruleName } from "../../src/model/rule.js";
import type { RuleStanding } from "../../src/model/rule-standing.js";
import { ScenarioBench } from "./bench.js";
import { clusterOf } from "./cluster.js";

const HOT: RuleConfig = {
  name: ruleName("hot"),
  each: "cluster",
  when: "nodes.web2.attributes.heat > 80",
  holdFor: seconds(10),
  every: undefined,
  holdOff: seconds(0),
  limit: { times: 3, within: seconds(60), suspend: seconds(300) },
  actions: [{ kind: "notify", text: "it is hot", severity: "warning" }],
};

function ruled(rule: Partial<RuleConfig> = {}): ScenarioBench {
  const names = ["web1", "web2", "web3"];
  const bench = new ScenarioBench({ ...clusterOf(names, { shop: {} }), rules: [{ ...HOT, ...rule }] });
  bench.start(...names);
  bench.pass(1_000);
  return bench;
}

const heat = (bench: ScenarioBench, value: AttributeValue, node = "web2"): void =>
  void bench.command(node, { kind: "set-attribute", node: nodeName(node), attribute: { name: "heat", value } });

function standing(bench: ScenarioBench, at = "web1"): RuleStanding {
  const [first, ...others] = bench.member(at).node.ruleStandings(bench.now);
  assert.ok(first !== undefined && others.length === 0);
  return first;
}

/** In seconds, from now on; the tenths that the members take to hear of each other do not count. */
const ahead = (bench: ScenarioBench, at: Instant | undefined): number | undefined =>
  at === undefined ? undefined : Math.round(inMilliseconds(between(bench.now, at)) / 1_000);

const ago = (bench: ScenarioBench, at: Instant): number => Math.round(inMilliseconds(between(at, bench.now)) / 1_000);

const since = (bench: ScenarioBench, { verdict }: RuleStanding): number | undefined =>
  verdict.kind === "resting" ? undefined : ago(bench, verdict.since);

test("a rule that waits for its time says since when its condition is true, what it looked at, and when it is due", () => {
  const bench = ruled();
  assert.equal(standing(bench).verdict.kind, "false");
  assert.deepEqual(standing(bench).readings, []);
  heat(bench, 85);
  bench.pass(4_000);
  for (const node of ["web1", "web3"]) {
    const found = standing(bench, node);
    assert.deepEqual([found.verdict.kind, since(bench, found)], ["true", 4], node);
    assert.deepEqual(found.readings, [{ what: "nodes.web2.attributes.heat", value: 85 }]);
    assert.deepEqual([found.wait?.by, ahead(bench, found.wait?.until)], ["for", 6]);
    assert.equal(found.lastTurn, undefined);
  }
});

test("one that acted says when and on which node, and waits for nothing but that its condition was false", () => {
  const bench = ruled();
  heat(bench, 85);
  bench.pass(15_000);
  for (const node of ["web1", "web3"]) {
    const { lastTurn, wait } = standing(bench, node);
    assert.equal(lastTurn?.node, "web1", `as ${node} knows it`);
    assert.equal(lastTurn === undefined ? undefined : ago(bench, lastTurn.at), 5);
    assert.equal(wait, undefined);
  }
  heat(bench, 20);
  bench.pass(2_000);
  const found = standing(bench);
  assert.deepEqual([found.verdict.kind, since(bench, found), found.lastTurn?.node], ["false", 2, "web1"]);
});

test("one with `every` or `holdOff` says when it is due again, and which of them it waits for", () => {
  const again = ruled({ holdFor: seconds(0), every: seconds(20) });
  heat(again, 85);
  again.pass(5_000);
  assert.deepEqual([standing(again).wait?.by, ahead(again, standing(again).wait?.until)], ["every", 15]);
  const rested = ruled({ holdFor: seconds(0), holdOff: seconds(30) });
  for (const value of [85, 20, 85]) {
    heat(rested, value);
    rested.pass(1_000);
  }
  assert.deepEqual([standing(rested).wait?.by, ahead(rested, standing(rested).wait?.until)], ["holdOff", 27]);
});

test("one that would act too often says until when it is left out", () => {
  const bench = ruled({ holdFor: seconds(0) });
  for (const value of [85, 20, 85, 20, 85, 20, 85]) {
    heat(bench, value);
    bench.pass(1_000);
  }
  const { wait, suspendedUntil } = standing(bench);
  assert.deepEqual([wait?.by, ahead(bench, wait?.until), ahead(bench, suspendedUntil)], ["limit", 299, 299]);
});

test("one that cannot be evaluated says why, of what, and since when", () => {
  const bench = ruled({ each: "node", when: "node.attributes.heat > 80" });
  heat(bench, "much");
  bench.pass(3_000);
  const found = standing(bench, "web2");
  assert.deepEqual([found.about, found.verdict.kind, since(bench, found)], ["web2", "broken", 3]);
  assert.deepEqual(found.readings, [{ what: "node.attributes.heat", value: "much" }]);
  assert.equal(standing(bench, "web1").about, "web1", "a node looks at itself only");
});

test("in a pause it is not looked at, and is true since the pause is over", () => {
  const bench = ruled();
  heat(bench, 85);
  bench.pass(1_000);
  bench.command("web1", { kind: "pause" });
  bench.pass(5_000);
  assert.deepEqual([standing(bench).verdict.kind, standing(bench).readings], ["resting", []]);
  bench.command("web1", { kind: "unpause", force: false });
  bench.pass(2_000);
  assert.deepEqual([standing(bench).verdict.kind, since(bench, standing(bench))], ["true", 2]);
});

test("the limit holds over a restart of the agent that acts, and one of its machine", () => {
  const bench = ruled({ each: "node", when: "node.attributes.heat > 80" });
  const fired = (): number => bench.transcript.filter((line) => line.includes("The rule hot for web2 acts")).length;
  heat(bench, 85);
  bench.pass(11_000);
  for (const expected of [2, 3, 3, 3]) {
    bench.crash("web2");
    if (expected === 3) bench.member("web2").boots += 1;
    bench.pass(2_000);
    bench.start("web2");
    bench.pass(12_000);
    assert.equal(fired(), expected);
  }
  assert.equal(standing(bench, "web2").wait?.by, "limit");
  bench.pass(301_000);
  assert.equal(fired(), 4);
});

test("what counts for no limit any more is not kept", () => {
  const bench = ruled({ limit: { times: 1, within: seconds(300), suspend: seconds(300) } });
  heat(bench, 85);
  bench.pass(11_000);
  assert.equal(bench.member("web1").saved.firings?.length, 1);
  bench.pass(300_000);
  heat(bench, 20);
  bench.pass(2_000);
  assert.equal(bench.member("web1").saved.firings, undefined);
});
