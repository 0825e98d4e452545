import assert from "node:assert/strict";
import { test } from "node:test";
import { interfaceNamed } from "../../../test/support/fake-interfaces.js";
import {
  ETH1,
  findingKinds as kinds,
  placesOfGroup as places,
  startedBench as bench,
} from "../../../test/support/path-bench.js";

// --- HN-10: an operator's word -------------------------------------------------------------------------------------

test("HN-10: an operator switches to an interface or a role, also while the group is paused", () => {
  const mether0 = bench();
  mether0.order((group, _now, effects) => group.pause(effects));
  const to = (target: string): unknown => mether0.order((group, now, effects) => group.switchTo(now, target, effects));
  assert.deepEqual(to("eth1"), { ok: true, value: "begun" });
  assert.deepEqual(to("secondary"), { ok: true, value: "done" });
  assert.deepEqual(places(mether0), ["eth1"]);
  assert.deepEqual(to("primary"), { ok: true, value: "begun" });
  assert.deepEqual(places(mether0), ["eth0"]);
  assert.deepEqual(to("eth9"), { ok: false, problem: { kind: "unknown-interface", interface: "eth9" } });
});

test("HN-10: a switch to a path that is dead is refused with the reason, unless the other is dead too", () => {
  const mether0 = bench().judge("secondary", false);
  mether0.said();
  const to = (target: string): unknown => mether0.order((group, now, effects) => group.switchTo(now, target, effects));
  const problem = { kind: "unusable", interface: "eth1", health: "failed" };
  assert.deepEqual(to("eth1"), { ok: false, problem });
  assert.deepEqual(mether0.said(), ["mether0 does not move to eth1: eth1 has failed"]);
  mether0.judge("primary", false);
  assert.deepEqual(to("eth1"), { ok: true, value: "begun" });
  assert.equal(mether0.group.activeInterface, "eth1");
});

test("a paused group is watched, and nothing moves by itself until it is resumed", () => {
  const mether0 = bench();
  mether0.order((group, _now, effects) => group.pause(effects));
  mether0.carrier("eth0", false).wait(10_000);
  assert.equal(mether0.group.activeInterface, "eth0");
  assert.equal(mether0.group.view().paused, true);
  assert.deepEqual(mether0.said(), [
    "mether0 is paused: it is watched, and nothing moves by itself",
    "eth0, the active path of mether0, failed: it has no carrier",
  ]);
  mether0.order((group, now, effects) => group.resume(now, effects));
  assert.equal(mether0.group.activeInterface, "eth1");
});

// --- HN-11: boards that come and go --------------------------------------------------------------------------------

test("HN-11: the traffic leaves an interface that is detached; it may be unplugged, and comes back when attached", () => {
  const mether0 = bench();
  assert.deepEqual(
    mether0.order((group, now, effects) => group.detach(now, "eth0", effects)),
    { ok: true, value: "begun" },
  );
  assert.deepEqual(mether0.said(), [
    "mether0 moves from eth0 to eth1, because an operator detached the interface",
    "mether0 moved from eth0 to eth1 with 3 addresses in 0 ms",
    "eth0 is detached from mether0: it may be unplugged",
  ]);
  mether0.unplug("eth0").wait(10_000).plug(interfaceNamed("eth0")).wait(10_000);
  assert.deepEqual(mether0.said(), []);
  assert.deepEqual(kinds(mether0), []);
  assert.deepEqual(
    mether0.watches.map(({ interface: name }) => name),
    ["eth1"],
  );
  mether0.order((group, now, effects) => group.attach(now, "eth0", effects));
  assert.equal(mether0.group.healthOf("eth0"), "recovering");
  mether0.wait(2_000);
  assert.equal(mether0.group.healthOf("eth0"), "healthy");
});

test("HN-11: what cannot be done is refused: the last path, an unknown one, one that is not detached", () => {
  const mether0 = bench().judge("secondary", false);
  const answer = mether0.order((group, now, effects) => [
    group.detach(now, "eth0", effects),
    group.detach(now, "eth9", effects),
    group.attach(now, "eth0", effects),
    group.detach(now, "eth1", effects),
    group.detach(now, "eth1", effects),
  ]);
  assert.deepEqual(
    answer.map((each) => (each.ok ? each.value : each.problem.kind)),
    ["unusable", "unknown-interface", "not-detached", "done", "done"],
  );
});

test("HN-11: nothing moves to a detached interface, and an agent that restarts remembers it", () => {
  const mether0 = bench();
  mether0.order((group, now, effects) => group.detach(now, "eth1", effects));
  mether0.restart(mether0.groups.memories());
  assert.equal(mether0.group.healthOf("eth1"), "detached");
  mether0.carrier("eth0", false);
  assert.equal(mether0.group.activeInterface, "eth0");
});

test("HN-11: an interface that is torn out without a word is failed over, and taken in again by itself", () => {
  const mether0 = bench().wait(2_000).unplug("eth0");
  assert.deepEqual(mether0.said(), [
    "eth0, the active path of mether0, failed: the interface is gone",
    "mether0 moves from eth0 to eth1, because the interface is gone",
    "Cannot read how eth0 of mether0 is configured (no such interface): what was on record is used",
    "mether0 moved from eth0 to eth1 with 3 addresses in 0 ms",
  ]);
  assert.deepEqual(places(mether0), ["eth1"]);
  mether0.plug(interfaceNamed("eth0", { up: false })).wait(3_000);
  assert.deepEqual(mether0.said(), [
    "eth0 has appeared, and is taken into mether0",
    "eth0, a path of mether0, is healthy again after 2 s",
  ]);
  assert.equal(mether0.world.get("eth0")?.up, true);
});

test("HN-11: an active interface that is back, with the other dead, gets its configuration again", () => {
  const mether0 = bench().wait(2_000).judge("secondary", false).unplug("eth0");
  assert.deepEqual(places(mether0), []);
  mether0.said();
  mether0.plug(interfaceNamed("eth0", { mac: "02:00:00:00:00:ff" }));
  assert.deepEqual(places(mether0), ["eth0"]);
  assert.equal(mether0.group.activeInterface, "eth0");
  assert.match(mether0.said().join("\n"), /because the interface is back, without its configuration/);
});

test("HN-11: an active interface that is back is left alone when nothing is known of it", () => {
  const mether0 = bench({}, [interfaceNamed("eth0"), ETH1])
    .judge("secondary", false)
    .wait(2_000)
    .unplug("eth0");
  mether0.said();
  mether0.plug(interfaceNamed("eth0")).wait(10_000);
  assert.deepEqual(mether0.said(), [
    "eth0 has appeared, and is taken into mether0",
    "eth0, a path of mether0, is healthy again after 2 s",
  ]);
});

test("HN-11: what an interface carried that was gone and is back without a carrier goes to the other one", () => {
  const mether0 = bench().wait(2_000).unplug("eth1").unplug("eth0");
  mether0.noCarrier.add("eth0");
  mether0.plug(interfaceNamed("eth0"));
  assert.deepEqual(places(mether0), []);
  mether0.plug(interfaceNamed("eth1"));
  assert.deepEqual(places(mether0), ["eth1"]);
});

test("HN-11: an agent that restarts while the active interface is gone still knows that it was the active one", () => {
  const mether0 = bench().wait(2_000).carrier("eth0", false).unplug("eth1");
  mether0.restart(mether0.groups.memories());
  assert.equal(mether0.group.activeInterface, "eth1");
  mether0.plug(interfaceNamed("eth1"));
  assert.deepEqual(places(mether0), ["eth1"]);
});

test("HN-11: while the group is paused, a returned interface is not read over what is on record of it", () => {
  const mether0 = bench().wait(2_000).judge("secondary", false);
  mether0.order((group, _now, effects) => group.pause(effects));
  mether0.unplug("eth0").plug(interfaceNamed("eth0")).wait(10_000);
  assert.deepEqual(places(mether0), []);
  mether0.order((group, now, effects) => group.resume(now, effects));
  assert.deepEqual(places(mether0), ["eth0"]);
});

test("HN-11: a path that is dead when it is attached again is told again", () => {
  const mether0 = bench().judge("secondary", false);
  mether0.order((group, now, effects) => group.detach(now, "eth1", effects));
  mether0.said();
  mether0.order((group, now, effects) => group.attach(now, "eth1", effects));
  mether0.judge("secondary", false);
  assert.deepEqual(mether0.said(), [
    "eth1 belongs to mether0 again",
    "eth1, the standby path of mether0, failed: 10.0.0.254 did not answer",
  ]);
});
