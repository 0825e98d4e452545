import assert from "node:assert/strict";
import { test } from "node:test";
import { address, interfaceNamed, type Refusal } from "../../../test/support/fake-interfaces.js";
import {
  ETH0,
  ETH1,
  PathBench,
  findingKinds as kinds,
  placesOfGroup as places,
  startedBench as bench,
} from "../../../test/support/path-bench.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import { milliseconds, seconds } from "../../base/time.js";
import { objections } from "../../model/eligibility.js";
import type { KernelLink } from "../../model/kernel.js";

const DUMMY = { address: "129.1.1.5", family: 4, prefixLength: 24 } as const;

// --- HN-2, HN-3: watching ------------------------------------------------------------------------------------------

test("HN-2: both paths are watched by their targets, the idle one as such", () => {
  assert.deepEqual(
    bench().watches.map(({ role, interface: name, idle, timeout }) => [role, name, idle, timeout]),
    [
      ["primary", "eth0", false, milliseconds(60)],
      ["secondary", "eth1", true, milliseconds(60)],
    ],
  );
});

test("HN-2: silent targets of the active path move the traffic", () => {
  const mether0 = bench().judge("primary", false);
  assert.deepEqual(mether0.said(), [
    "eth0, the active path of mether0, failed: 10.0.0.254 did not answer",
    "mether0 moves from eth0 to eth1, because 10.0.0.254 did not answer",
    "mether0 moved from eth0 to eth1 with 3 addresses in 0 ms",
  ]);
  assert.deepEqual(places(mether0), ["eth1"]);
});

test("HN-3: a lost carrier moves the traffic at once, and its return is seen", () => {
  const mether0 = bench().carrier("eth0", false);
  assert.equal(mether0.group.activeInterface, "eth1");
  mether0.said();
  mether0.carrier("eth0", true).wait(2_000);
  assert.deepEqual(mether0.said(), ["eth0, a path of mether0, is healthy again after 2 s"]);
  assert.equal(mether0.group.activeInterface, "eth1");
});

test("a standby that is dead is a finding before it is needed", () => {
  const mether0 = bench().judge("secondary", false);
  assert.deepEqual(mether0.said(), ["eth1, the standby path of mether0, failed: 10.0.0.254 did not answer"]);
  assert.deepEqual(kinds(mether0), ["standby-path-down"]);
  assert.equal(mether0.group.view().state, "degraded");
});

test("with both paths dead everything stays where it is, and is said", () => {
  const mether0 = bench().judge("secondary", false).carrier("eth0", false);
  assert.deepEqual(kinds(mether0), ["path-group-down", "standby-path-down"]);
  assert.equal(mether0.group.view().state, "failed");
  assert.deepEqual(places(mether0), ["eth0"]);
  mether0.said();
  mether0.judge("secondary", true);
  assert.deepEqual(places(mether0), ["eth1"], "one that recovers is better than one that is dead");
});

// --- HN-4 to HN-6: failover ----------------------------------------------------------------------------------------

test("HN-4: watching is paused, all is read, recorded, moved, struck out, and the other path watched", () => {
  const mether0 = bench().carrier("eth0", false);
  assert.deepEqual(
    mether0.orders.filter((order) => !order.includes("forget-neighbours")),
    [
      "monitor-paths",
      "capture-interface",
      "capture-interface",
      "write-plans",
      "eth0 remove-addresses",
      "eth1 enable",
      "eth1 add-addresses",
      "eth1 announce-addresses",
      "write-plans",
      "save-snapshot",
      "monitor-paths",
    ],
  );
  assert.deepEqual(mether0.plans, []);
  assert.deepEqual(
    mether0.watches.map(({ interface: name, idle }) => [name, idle]),
    [
      ["eth0", true],
      ["eth1", false],
    ],
  );
});

test("HN-4: each step is logged with its time", () => {
  const mether0 = bench();
  mether0.carrier("eth0", false);
  const steps = mether0.effects.notes.filter(({ code }) => code === "path.step-done");
  assert.equal(steps.length, 6);
});

test("HN-5: with `mac: move` the MAC goes along, and comes back with the addresses", () => {
  const mether0 = bench({ mac: "move" }).carrier("eth0", false);
  assert.deepEqual([mether0.world.get("eth0")?.mac, mether0.world.get("eth1")?.mac], [ETH1.mac, ETH0.mac]);
  assert.equal(mether0.world.get("eth0")?.up, true);
  mether0.carrier("eth0", true).wait(10_000);
  mether0.order((group, now, effects) => group.switchTo(now, "primary", effects));
  assert.deepEqual([mether0.world.get("eth0")?.mac, mether0.world.get("eth1")?.mac], [ETH0.mac, ETH1.mac]);
  assert.deepEqual(places(mether0), ["eth0"]);
});

test("HN-6: a warm standby gets its dummy parameters at the start, and swaps them at the failover", () => {
  const mether0 = bench({ standby: { kind: "warm", address: DUMMY, mac: "02:00:00:00:00:dd" }, mac: "move" });
  assert.deepEqual(mether0.world.get("eth1"), {
    ...ETH1,
    up: false,
    mac: "02:00:00:00:00:dd",
    addresses: [address(DUMMY.address)],
  });
  assert.equal(mether0.group.healthOf("eth1"), "unwatched");
  assert.equal(mether0.group.view().state, "sound");
  mether0.carrier("eth0", false);
  assert.deepEqual(places(mether0), ["eth1"]);
  assert.deepEqual(mether0.world.placesOf(DUMMY.address), ["eth0"]);
  assert.deepEqual([mether0.world.get("eth0")?.up, mether0.world.get("eth0")?.mac], [false, "02:00:00:00:00:dd"]);
  assert.equal(mether0.group.healthOf("eth0"), "unwatched");
});

test("HN-6: what was silent before it was switched off is judged anew when it carries the traffic again", () => {
  const mether0 = bench({ standby: { kind: "warm" }, settleDelay: milliseconds(0) }).judge("primary", false);
  assert.equal(mether0.group.activeInterface, "eth1");
  mether0.judge("secondary", true).order((group, now, effects) => group.switchTo(now, "eth0", effects));
  assert.equal(mether0.group.activeInterface, "eth0");
  assert.equal(mether0.group.healthOf("eth0"), "recovering");
  mether0.judge("primary", false);
  assert.equal(mether0.group.activeInterface, "eth1");
});

test("HN-6: an interface that was just switched on has time to find its carrier", () => {
  const mether0 = bench({ standby: { kind: "warm" } });
  mether0.noCarrier.add("eth1");
  mether0.carrier("eth0", false);
  assert.equal(mether0.group.activeInterface, "eth1");
  mether0.wait(3_000).carrier("eth1", true).wait(3_000);
  assert.equal(mether0.group.activeInterface, "eth1");
  assert.equal(mether0.group.view().switches, 1);
  assert.equal(mether0.group.healthOf("eth1"), "healthy");
});

test("HN-6: an interface that carries something of its own is left as it is", () => {
  const own = interfaceNamed("eth1", { addresses: [address("192.168.7.7")] });
  const mether0 = bench({ standby: { kind: "warm", address: DUMMY } }, [ETH0, own]);
  assert.deepEqual(mether0.world.get("eth1"), own);
});

test("HN-5: a cold standby that is off is switched on, and is no failure while it looks for its carrier", () => {
  const mether0 = new PathBench(groupConfig(), [ETH0, interfaceNamed("eth1", { up: false })]);
  mether0.noCarrier.add("eth1");
  mether0.start();
  assert.equal(mether0.world.get("eth1")?.up, true);
  assert.deepEqual(mether0.said(), ["mether0 uses eth0, which has 10.0.0.1, 10.0.0.2 and fd00::1"]);
  mether0.wait(5_000);
  assert.deepEqual(mether0.said(), ["eth1, the standby path of mether0, failed: it has no carrier"]);
});

test("HN-5: a cold standby that the kernel did not let be switched on is tried again, ever more slowly", () => {
  const mether0 = new PathBench(groupConfig(), [ETH0, interfaceNamed("eth1", { up: false })]);
  mether0.refuses = (what, name) => what === "up" && name === "eth1";
  const tries = (): number => mether0.orders.filter((order) => order.includes("enable")).length;
  mether0.start().wait(60_000);
  assert.equal(tries(), 6, "after 1, 3, 7, 15 and 31 s");
  assert.deepEqual(kinds(mether0), ["standby-path-down"]);
  mether0.refuses = () => false;
  mether0.wait(10_000);
  assert.equal(mether0.world.get("eth1")?.up, true);
  assert.deepEqual(kinds(mether0), []);
});

test("HN-5: a link that bounces because its MAC was changed is no failure", () => {
  const mether0 = bench({ mac: "move" });
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  mether0.said();
  mether0.carrier("eth1", false).carrier("eth0", false).wait(500).carrier("eth1", true).carrier("eth0", true);
  assert.deepEqual(mether0.said(), []);
  assert.equal(mether0.group.activeInterface, "eth1");
});

test("HN-5: an interface that comes back with the MAC that has moved on gets the one that is free", () => {
  const mether0 = bench({ mac: "move" }).wait(2_000).unplug("eth0");
  assert.equal(mether0.world.get("eth1")?.mac, ETH0.mac);
  mether0.plug(interfaceNamed("eth0"));
  assert.equal(mether0.world.get("eth0")?.mac, ETH1.mac);
});

test("HN-5: that is so after a restart of the agent too", () => {
  const mether0 = bench({ mac: "move" }).wait(2_000).carrier("eth0", false);
  mether0.restart(mether0.groups.memories()).wait(2_000).unplug("eth0");
  mether0.carrier("eth0", true).plug(interfaceNamed("eth0"));
  assert.deepEqual([mether0.world.get("eth0")?.mac, mether0.world.get("eth1")?.mac], [ETH1.mac, ETH0.mac]);
});

// --- HN-7: two ends ------------------------------------------------------------------------------------------------

const cutOver = (): PathBench => bench().carrier("eth0", false);

test("HN-7: for `settleDelay` after a failover, silence is no failure; then it is", () => {
  const mether0 = cutOver().carrier("eth0", true).judge("primary", true);
  mether0.judge("secondary", false).wait(400);
  assert.equal(mether0.group.activeInterface, "eth1");
  mether0.judge("secondary", true).wait(1_000);
  assert.equal(mether0.group.activeInterface, "eth1", "the other end has followed");
  mether0.judge("secondary", false);
  assert.equal(mether0.group.activeInterface, "eth0");
});

test("HN-7: a carrier that is lost within `settleDelay` counts at once", () => {
  const mether0 = cutOver().carrier("eth0", true);
  mether0.wait(100).carrier("eth1", false);
  assert.equal(mether0.group.activeInterface, "eth0");
});

test("HN-7: a peer that says it moved hastens our judgement, and it is named as the reason", () => {
  const mether0 = bench().peer(0, ["10.0.0.254"]).peer(1, ["10.0.0.254"]);
  assert.deepEqual(mether0.said(), ["web2, at the other end of mether0, changed paths"]);
  assert.deepEqual(
    mether0.watches.map(({ timeout }) => timeout),
    [milliseconds(30), milliseconds(60)],
    "a round without an answer, and not an answer that is a moment late",
  );
  mether0.judge("primary", false);
  assert.deepEqual(mether0.group.view().lastSwitch?.reason, { kind: "peer-switched", node: "web2" });
  assert.ok(mether0.watches.every(({ timeout }) => timeout === milliseconds(60)));
});

test("HN-7: a peer that moved, while our path goes on working, changes nothing for long", () => {
  const mether0 = bench().peer(0, ["10.0.0.254"]).peer(1, ["10.0.0.254"]).wait(500);
  assert.ok(mether0.watches.every(({ timeout }) => timeout === milliseconds(60)));
  assert.equal(mether0.group.activeInterface, "eth0");
});

test("HN-7: a peer that follows our own move gets its time", () => {
  const mether0 = bench().peer(0, ["10.0.0.254"]).carrier("eth0", false);
  mether0.carrier("eth0", true).wait(400).peer(1, ["10.0.0.254"]).judge("secondary", false).wait(499);
  assert.equal(mether0.group.activeInterface, "eth1");
  mether0.judge("secondary", true).wait(1_000);
  assert.equal(mether0.group.activeInterface, "eth1");
});

for (const [name, patience, order] of [
  ["app9", 500, "it follows, whose name comes later"],
  ["web2", 1_000, "it is followed, whose name comes first, and the other could not"],
] as const) {
  test(`HN-7: of two ends that passed each other, each on the other's former path: ${order}`, () => {
    const mether0 = bench().peer(0, ["10.0.0.254"], name).carrier("eth0", false);
    mether0.carrier("eth0", true).judge("primary", true).wait(300).peer(1, ["10.0.0.254"], name);
    assert.deepEqual(
      mether0.watches.find(({ idle }) => !idle)?.timeout,
      milliseconds(30),
      "it is asked in earnest meanwhile, so that the answer is there when the delay is over",
    );
    mether0.judge("secondary", false).wait(patience - 1);
    assert.equal(mether0.group.activeInterface, "eth1");
    mether0.wait(1);
    assert.equal(mether0.group.activeInterface, "eth0");
    assert.deepEqual(mether0.group.view().lastSwitch?.reason, { kind: "peer-switched", node: name });
  });
}

test("HN-7: of two ends that moved to the same path, none is hasty when the delay is over", () => {
  const mether0 = bench().peer(0, ["10.0.0.254"]).carrier("eth0", false);
  mether0.carrier("eth0", true).judge("primary", true).wait(300).peer(1, ["10.0.0.254"]);
  mether0.judge("secondary", true).wait(1_100);
  assert.ok(mether0.watches.every(({ timeout }) => timeout === milliseconds(60)));
  assert.equal(mether0.group.activeInterface, "eth1");
});

test("HN-7: words of peers that are not at the other end, were said before, or are of a restart, do nothing", () => {
  const mether0 = bench().peer(3, ["10.0.0.254"]).peer(3, ["10.0.0.254"]).peer(0, ["10.0.0.254"]).peer(1, ["10.9.9.9"]);
  assert.deepEqual(mether0.said(), []);
});

// --- HN-8: back, and no ping-pong ----------------------------------------------------------------------------------

test("HN-8: the new path is watched like the old one, and its failure leads back", () => {
  const mether0 = cutOver().carrier("eth0", true).wait(3_000).carrier("eth1", false);
  assert.equal(mether0.group.activeInterface, "eth0");
  assert.deepEqual(places(mether0), ["eth0"]);
});

test("HN-8: paths that fail in turn are followed a few times, then later and later", () => {
  const mether0 = bench();
  const moves: number[] = [];
  for (let second = 0; second < 120; second += 1) {
    const active = mether0.group.activeInterface;
    const before = mether0.group.brief().switches;
    mether0
      .carrier(active === "eth0" ? "eth1" : "eth0", true)
      .carrier(active, false)
      .wait(1_000);
    if (mether0.group.brief().switches > before) moves.push(second);
  }
  assert.ok(moves.length < 12, `moved ${moves.length} times in 120 s`);
  const pauses = moves.slice(1).map((at, index) => at - (moves[index] ?? 0));
  assert.deepEqual(
    pauses.toSorted((a, b) => a - b),
    pauses,
  );
  assert.ok(kinds(mether0).includes("path-group-flapping"));
  assert.ok(mether0.said().some((text) => /^mether0 changed paths \d times lately: the next change waits/.test(text)));
  mether0.carrier("eth0", true).carrier("eth1", true).wait(600_000);
  assert.deepEqual(kinds(mether0), []);
});

test("HN-8: without failback the traffic stays; with it, it returns once the primary was healthy for so long", () => {
  const stays = cutOver().carrier("eth0", true).wait(100_000);
  assert.equal(stays.group.activeInterface, "eth1");
  const returns = bench({ failback: { kind: "after", delay: seconds(30) } }).carrier("eth0", false);
  returns.wait(1_000).carrier("eth0", true).wait(20_000).carrier("eth0", false).carrier("eth0", true);
  returns.wait(31_999);
  assert.equal(returns.group.activeInterface, "eth1");
  returns.wait(1);
  assert.equal(returns.group.activeInterface, "eth0");
  assert.deepEqual(returns.group.view().lastSwitch?.reason, { kind: "failback" });
});

test("HN-8: what an operator chose is not failed back from, until a failure", () => {
  const mether0 = bench({ failback: { kind: "after", delay: seconds(1) } });
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  mether0.wait(60_000);
  assert.equal(mether0.group.activeInterface, "eth1");
});

test("HN-8: an operator's word ends the waiting, and what was before it is forgiven", () => {
  const mether0 = bench();
  for (const [lost, back] of [
    ["eth0", "eth1"],
    ["eth1", "eth0"],
    ["eth0", "eth1"],
    ["eth1", "eth0"],
  ] as const) {
    mether0.carrier(back, true).carrier(lost, false);
  }
  assert.equal(mether0.group.activeInterface, "eth1");
  assert.ok(mether0.group.view().heldUntil !== undefined);
  mether0.order((group, now, effects) => group.switchTo(now, "eth0", effects));
  assert.deepEqual(places(mether0), ["eth0"]);
  assert.equal(mether0.group.view().heldUntil, undefined);
  assert.ok(!kinds(mether0).includes("path-group-flapping"));
});

// --- HN-9: trunks --------------------------------------------------------------------------------------------------

const ETH0_INDEX = 1;
const member = (name: string, change: Partial<KernelLink> = {}): KernelLink => ({
  index: 100 + Number(name.at(-1)),
  name,
  mac: "",
  up: true,
  carrier: true,
  mtu: 1500,
  master: ETH0_INDEX,
  ...change,
});
const QUAD = ["p1", "p2", "p3", "p4"];

test("HN-9: a trunk of four fails over at the second lost member, and recovers likewise", () => {
  const mether0 = bench().setLinks(QUAD.map((name) => member(name)));
  mether0.setLinks(QUAD.map((name) => member(name, { carrier: name !== "p1" })));
  assert.deepEqual(mether0.said(), []);
  assert.deepEqual(mether0.group.view().primary.members, { up: 3, total: 4 });
  assert.equal(mether0.group.view().state, "degraded", "not all there");
  mether0.setLinks(QUAD.map((name) => member(name, { carrier: name > "p2" })));
  assert.equal(mether0.said()[1], "mether0 moves from eth0 to eth1, because 2 of 4 members of its trunk have failed");
  mether0.setLinks(QUAD.map((name) => member(name))).wait(2_000);
  assert.deepEqual(mether0.said(), ["eth0, a path of mether0, is healthy again after 2 s"]);
});

// --- HN-12: what is captured ---------------------------------------------------------------------------------------

test("HN-12, AF-2: an interface that is down at the start is not used: the other is, from the start", () => {
  const mether0 = new PathBench(groupConfig(), [ETH0, ETH1]);
  mether0.noCarrier.add("eth0");
  mether0.start();
  assert.deepEqual(places(mether0), ["eth1"]);
  assert.deepEqual(mether0.group.view().lastSwitch?.reason, { kind: "down-at-start" });
});

test("AF-2: what was configured on an interface that is missing at the start comes from the record of the last run", () => {
  const mether0 = bench().wait(2_000);
  mether0.world.unplug("eth0");
  mether0.restart();
  assert.deepEqual(places(mether0), ["eth1"]);
});

test("HN-12: what carries the addresses at the start is active; nothing is moved for that", () => {
  const mether0 = new PathBench(groupConfig(), [interfaceNamed("eth0"), { ...ETH0, interface: "eth1" }]).start();
  assert.deepEqual(mether0.said(), ["mether0 uses eth1, which has 10.0.0.1, 10.0.0.2 and fd00::1"]);
  assert.ok(mether0.orders.every((order) => !order.includes(" ")));
});

test("HN-12: addresses that came after the start are on record too", () => {
  const mether0 = bench().wait(2_000);
  mether0.plug({ ...ETH0, addresses: [...ETH0.addresses, address("10.0.0.3")] }).wait(1_000);
  mether0.unplug("eth0");
  assert.deepEqual(mether0.world.placesOf("10.0.0.3"), ["eth1"]);
});

test("HN-12: what an interface lost by going down comes from the record", () => {
  const mether0 = bench().wait(2_000);
  mether0.plug({ ...ETH0, up: false, addresses: ETH0.addresses.filter(({ family }) => family === 4) });
  assert.deepEqual(mether0.world.placesOf("fd00::1"), ["eth1"]);
  assert.deepEqual(mether0.group.view().lastSwitch?.reason, { kind: "switched-off" });
});

test("HN-12: the static neighbours that an interface lost by going down come from the record", () => {
  const entry = { family: 4, address: "10.0.0.240", mac: "02:00:00:00:ff:01", isProxy: false } as const;
  const neighbours = [entry, { ...entry, mac: "", isProxy: true }];
  const mether0 = new PathBench(groupConfig(), [{ ...ETH0, neighbours }, ETH1]).start().wait(2_000);
  mether0.plug({ ...ETH0, up: false, addresses: ETH0.addresses.filter(({ family }) => family === 4) });
  assert.deepEqual(mether0.world.get("eth1")?.neighbours, neighbours);
});

test("HN-12: an interface that is out of order is not read: what it has lost stays on record", () => {
  const mether0 = bench().wait(2_000).judge("secondary", false).carrier("eth0", false);
  mether0.plug({ ...ETH0, addresses: ETH0.addresses.filter(({ family }) => family === 4) }).wait(5_000);
  mether0.unplug("eth0").judge("secondary", true);
  assert.deepEqual(mether0.world.placesOf("fd00::1"), ["eth1"]);
});

test("HN-12: what is on an interface and cannot be moved is named once", () => {
  const immovable = ["a macvlan interface mv0 on eth0"];
  const mether0 = new PathBench(groupConfig(), [{ ...ETH0, immovable }, ETH1]).start().wait(5_000);
  assert.deepEqual(mether0.said().slice(1), [
    "What mether0 cannot move away from eth0: a macvlan interface mv0 on eth0",
  ]);
  assert.deepEqual(mether0.group.view().immovable, immovable);
});

// --- AF-3, AF-4: what may not move ---------------------------------------------------------------------------------

test("AF-4: an address that is not eligible stays, is named, and is a finding while it lies there", () => {
  const mether0 = bench();
  mether0.claimants.set("10.0.0.2", "web2");
  mether0.carrier("eth0", false);
  assert.deepEqual(mether0.said().slice(2), [
    "mether0 moved from eth0 to eth1 with 2 addresses in 0 ms",
    "10.0.0.2 of mether0 stays on eth0, because web2 claims 10.0.0.2",
  ]);
  assert.deepEqual(mether0.world.placesOf("10.0.0.2"), ["eth0"]);
  assert.ok(kinds(mether0).includes("address-unmoved"));
  assert.equal(mether0.group.view().unmoved.length, 1);
  mether0.carrier("eth0", true).wait(3_000).carrier("eth1", false);
  assert.ok(!kinds(mether0).includes("address-unmoved"));
});

test("AF-3: what would speak against a move is known before it is needed", () => {
  const mether0 = bench({ addressesMax: 2 });
  mether0.claimants.set("10.0.0.1", "web2");
  mether0.judge("secondary", false);
  assert.deepEqual(
    mether0.group.prospects().map((each) => [each.address, objections(each).map(({ check }) => check)]),
    [
      ["10.0.0.1", ["path-healthy", "free-in-cluster"]],
      ["10.0.0.2", ["path-healthy"]],
      ["fd00::1", ["path-healthy"]],
    ],
  );
});

test("AF-3: as many addresses go as the interface has room for", () => {
  const mether0 = bench({ addressesMax: 2 }).carrier("eth0", false);
  assert.equal(mether0.world.get("eth1")?.addresses.length, 2);
  assert.equal(mether0.world.get("eth0")?.addresses.length, 1);
});

test("AF-4: where nothing may move, nothing does, and it is tried again later and later", () => {
  const mether0 = bench();
  for (const each of ["10.0.0.1", "10.0.0.2", "fd00::1"]) mether0.claimants.set(each, "web2");
  mether0.carrier("eth0", false);
  assert.equal(
    mether0.said()[2],
    "mether0 stays on eth0, after 0 ms: none of 10.0.0.1, 10.0.0.2 and fd00::1 may move: web2 claims 10.0.0.1",
  );
  mether0.wait(10_000);
  assert.equal(mether0.said().filter((text) => text.includes("stays on eth0")).length, 3);
  mether0.claimants.clear();
  mether0.wait(60_000);
  assert.deepEqual(places(mether0), ["eth1"]);
});

test("a planned move that would cut an address off is refused", () => {
  const mether0 = bench({ standby: { kind: "warm" } });
  mether0.claimants.set("10.0.0.2", "web2");
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.deepEqual(places(mether0), ["eth0"]);
  assert.match(
    mether0.said().join("\n"),
    /10\.0\.0\.2 cannot move, and would stay on an interface that is switched off: web2 claims 10\.0\.0\.2/,
  );
});

test("a failover that the kernel refuses is undone, and tried again after a hold-down", () => {
  const mether0 = bench();
  mether0.refuses = (_item, name) => name === "eth1";
  mether0.carrier("eth0", false);
  assert.deepEqual(places(mether0), ["eth0"]);
  assert.deepEqual(mether0.plans, []);
  mether0.refuses = () => false;
  mether0.wait(999);
  assert.deepEqual(places(mether0), ["eth0"]);
  mether0.wait(1);
  assert.deepEqual(places(mether0), ["eth1"]);
});

test("what the other interface does not let go of is not put back either, is a finding, and is tried again", () => {
  const mether0 = bench();
  mether0.refuses = (item, name, kind) =>
    name === "eth1" && (kind === "remove-addresses" ? item === "10.0.0.1" : item === "fd00::1");
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.deepEqual(mether0.world.placesOf("10.0.0.1"), ["eth1"]);
  assert.deepEqual(mether0.world.placesOf("10.0.0.2"), ["eth0"]);
  assert.deepEqual(kinds(mether0), ["path-group-incomplete"]);
  mether0.wait(2_999);
  assert.deepEqual(mether0.world.placesOf("10.0.0.1"), ["eth1"], "refused after 1 s");
  mether0.refuses = () => false;
  mether0.wait(1);
  assert.deepEqual(mether0.world.placesOf("10.0.0.1"), ["eth0"], "done after 3 s");
  assert.deepEqual([kinds(mether0), mether0.plans], [[], []]);
  assert.match(mether0.said().join("\n"), /has everything in place/);
});

/** An address on the one, routes and neighbours on the other interface. */
const refusesBoth: Refusal = (item, name, kind) =>
  name === "eth1" ? item === "fd00::1" : kind === "add-routes" || kind === "add-neighbours";

test("routes and neighbours that are refused when a change is undone are named, and tried again until they are back", () => {
  const route = { family: 4, destination: "default", gateway: "10.0.0.254", table: 254, description: "" } as const;
  const entry = { family: 4, address: "10.0.0.240", mac: "02:00:00:00:ff:01", isProxy: false } as const;
  const from = { ...ETH0, routes: [route], neighbours: [entry] };
  const mether0 = bench({}, [from, ETH1]);
  mether0.refuses = refusesBoth;
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  const owed = ["the route to default", "the neighbour 10.0.0.240"];
  const about = { kind: "path-group-incomplete", group: "mether0", from: "eth0", to: "eth1" };
  assert.deepEqual(mether0.group.findings(mether0.now), [{ ...about, owed }]);
  assert.match(
    mether0.said().join("\n"),
    /could not take along from eth1 to eth0: the route to default and the neighbour/,
  );
  mether0.refuses = () => false;
  mether0.wait(1_000);
  assert.deepEqual(mether0.world.get("eth0"), from);
});

test("routes that the interface refuses to which the traffic must go are named, and tried again until they are there", () => {
  const route = { family: 4, destination: "default", gateway: "10.0.0.254", table: 254, description: "" } as const;
  const mether0 = bench({}, [{ ...ETH0, routes: [route] }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false);
  assert.deepEqual([places(mether0), mether0.world.get("eth1")?.routes], [["eth1"], []]);
  assert.match(
    mether0.said().join("\n"),
    /could not take along from eth0 to eth1: the route to default; it is tried again/,
  );
  assert.ok(kinds(mether0).includes("path-group-incomplete"));
  mether0.refuses = () => false;
  mether0.wait(1_000);
  assert.deepEqual([places(mether0), mether0.world.get("eth1")?.routes, mether0.plans], [["eth1"], [route], []]);
  assert.equal(mether0.group.view().switches, 1);
  assert.ok(!kinds(mether0).includes("path-group-incomplete"));
});

test("routes and neighbours that are owed go along with the next change of paths", () => {
  const route = { family: 4, destination: "default", gateway: "10.0.0.254", table: 254, description: "" } as const;
  const mether0 = bench({}, [{ ...ETH0, routes: [route] }, ETH1]);
  mether0.refuses = refusesBoth;
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  mether0.refuses = (_item, name, kind) => name === "eth0" && kind === "add-routes";
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.deepEqual(mether0.world.get("eth1")?.routes, [route]);
});

test("an interface that returned gets its configuration back, and the other one keeps what it has", () => {
  const own = interfaceNamed("eth1", { addresses: [address("fd99::1")] });
  const mether0 = bench({ standby: { kind: "warm", address: DUMMY } }, [ETH0, own]).wait(2_000);
  mether0.carrier("eth1", false);
  mether0.unplug("eth0").plug(interfaceNamed("eth0")).wait(10_000);
  assert.deepEqual(places(mether0), ["eth0"]);
  assert.deepEqual(mether0.world.get("eth1"), own);
});

test("HN-6: a dummy that an agent that died has left on both interfaces is taken off the active one", () => {
  const dummy = address(DUMMY.address);
  const both = [ETH0, ETH1].map((each) => ({ ...each, addresses: [...each.addresses, dummy] }));
  const mether0 = bench({ standby: { kind: "warm", address: DUMMY } }, both);
  assert.deepEqual(mether0.world.placesOf(DUMMY.address), ["eth1"]);
});
