import assert from "node:assert/strict";
import { test } from "node:test";
import { address, interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { ETH0, ETH1, findingKinds, type PathBench, startedBench as bench } from "../../../test/support/path-bench.js";
import { groupConfig } from "../../../test/support/path-group-config.js";

/** An address alone in its subnet, as a node with service addresses has it: no other one shows where the subnet is. */
const ALONE = "10.0.0.1";
const benchAlone = (): PathBench =>
  bench({}, [interfaceNamed("eth0", { addresses: [address(ALONE)] }), ETH1]).wait(2_000);

test("HN-11: an interface that gets another name is the same path, and nothing is put on the other one as well", () => {
  const mether0 = bench().wait(2_000).rename({ eth0: "lan0" }).wait(2_000);
  for (const { address: each } of ETH0.addresses) assert.deepEqual(mether0.world.placesOf(each), ["lan0"]);
  assert.deepEqual([mether0.group.activeInterface, mether0.group.state, findingKinds(mether0)], ["lan0", "sound", []]);
  mether0.carrier("lan0", false);
  for (const { address: each } of ETH0.addresses) assert.deepEqual(mether0.world.placesOf(each), ["eth1"]);
  assert.equal(mether0.group.state, "degraded");
  mether0.carrier("lan0", true).rename({ lan0: "eth0" }).wait(5_000);
  assert.deepEqual([mether0.group.interfaces, mether0.group.state], [["eth0", "eth1"], "sound"]);
});

test("HN-11: what such an interface loses by being switched off comes from the record under its new name", () => {
  const mether0 = bench().wait(2_000).rename({ eth0: "lan0" });
  mether0.plug({
    ...ETH0,
    interface: "lan0",
    up: false,
    addresses: ETH0.addresses.filter(({ family }) => family === 4),
  });
  assert.deepEqual(mether0.world.placesOf("fd00::1"), ["eth1"]);
});

test("HN-11: what is on record of such an interface goes by its new name at once, and by no other", () => {
  const mether0 = bench().wait(2_000).rename({ eth0: "lan0" });
  assert.deepEqual(
    mether0.snapshots.map((each) => each.interface),
    ["lan0"],
  );
  mether0.unplug("lan0").wait(2_000);
  for (const { address: each } of ETH0.addresses) assert.deepEqual(mether0.world.placesOf(each), ["eth1"]);
});

test("HN-11: an agent that starts with the old name in its file puts nothing of the interface on the other path", () => {
  const mether0 = benchAlone().rename({ eth0: "lan0" }).wait(2_000);
  mether0.restart(mether0.groups.memories()).wait(60_000);
  assert.deepEqual(mether0.world.placesOf(ALONE), ["lan0"]);
});

test("HN-11: nor does one that was not there when the interface got its new name", () => {
  const mether0 = benchAlone();
  const memories = mether0.groups.memories();
  mether0.world.rename({ eth0: "lan0" });
  mether0.said();
  mether0.restart(memories).wait(5_000);
  assert.deepEqual(mether0.world.placesOf(ALONE), ["lan0"]);
  assert.match(mether0.said().join("\n"), /10\.0\.0\.1 .*lan0/);
});

test("HN-11: a group that is configured otherwise knows a renamed interface still, unless the file names another", () => {
  const mether0 = benchAlone().rename({ eth0: "lan0" }).wait(2_000);
  mether0.reconfigure(groupConfig({ addressesMax: 20 })).wait(5_000);
  assert.deepEqual(mether0.world.placesOf(ALONE), ["lan0"]);
  assert.deepEqual([mether0.group.interfaces, mether0.group.state], [["lan0", "eth1"], "sound"]);
  mether0.plug(interfaceNamed("eth2"));
  mether0.reconfigure(groupConfig({ primary: { interface: "eth2", members: [] } })).wait(5_000);
  assert.deepEqual(mether0.group.interfaces, ["eth2", "eth1"]);
});

test("HN-11: two interfaces that exchange their names are the paths that they were", () => {
  for (const steps of [[{ eth0: "eth1", eth1: "eth0" }], [{ eth0: "tmp0" }, { eth1: "eth0" }, { tmp0: "eth1" }]]) {
    const mether0 = benchAlone();
    for (const names of steps) mether0.rename(names as Readonly<Record<string, string>>);
    mether0.wait(2_000);
    assert.deepEqual([mether0.group.interfaces, mether0.group.activeInterface], [["eth1", "eth0"], "eth1"]);
    mether0.carrier("eth1", false);
    assert.deepEqual(mether0.world.placesOf(ALONE), ["eth0"]);
  }
});

test("HN-11: an interface that gets the name of the other path is not both", () => {
  const mether0 = benchAlone().rename({ eth0: "lan0" }).rename({ eth1: "eth0" }).wait(2_000);
  assert.deepEqual([mether0.group.interfaces, mether0.group.state], [["lan0", "eth0"], "sound"]);
  mether0.carrier("lan0", false);
  assert.deepEqual(mether0.world.placesOf(ALONE), ["eth0"]);
  mether0.unplug("lan0").wait(5_000);
  assert.deepEqual(findingKinds(mether0), ["standby-path-down"]);
  assert.deepEqual(mether0.world.placesOf(ALONE), ["eth0"]);
});

test("HN-11: a path that is attached again is the interface that has its name by then", () => {
  const mether0 = bench().wait(2_000);
  mether0.order((group, now, effects) => group.detach(now, "eth0", effects));
  mether0.rename({ eth0: "old0" }).plug(interfaceNamed("eth0")).wait(2_000);
  mether0.order((group, now, effects) => group.attach(now, "eth0", effects));
  mether0.wait(5_000);
  assert.deepEqual([mether0.group.interfaces, mether0.group.state], [["eth0", "eth1"], "sound"]);
});

test("HN-11: orders may name an interface as the file does", () => {
  const mether0 = bench().wait(2_000).rename({ eth0: "lan0" }).wait(2_000);
  assert.equal(mether0.groups.groupOf("eth0"), mether0.group);
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.equal(mether0.order((group, now, effects) => group.switchTo(now, "eth0", effects)).ok, true);
  assert.equal(mether0.group.activeInterface, "lan0");
  mether0.plug(interfaceNamed("eth0"));
  assert.equal(mether0.groups.groupOf("eth0"), undefined, "another one has the name");
});

test("HN-11: an interface that another one has replaced within one report has lost what it carried", () => {
  const mether0 = bench().wait(2_000);
  mether0.world.unplug("eth0");
  mether0.plug(interfaceNamed("eth0")).wait(5_000);
  for (const { address: each } of ETH0.addresses) assert.deepEqual(mether0.world.placesOf(each), ["eth0"]);
});

const JUMBO = { ...ETH0, mtu: 9_000 };
const switched = (mether0: PathBench, name: string): PathBench => {
  mether0.order((group, now, effects) => group.switchTo(now, name, effects));
  assert.equal(mether0.group.activeInterface, name);
  return mether0.wait(5_000);
};

test("AF-10: an interface that gets another name while it carries the traffic has its own MTU again when it is left", () => {
  const mether0 = switched(bench({}, [JUMBO, ETH1]), "eth1").rename({ eth1: "lan1" });
  assert.deepEqual(mether0.group.memory().standbyMtu, { interface: "lan1", mtu: 1_500 }, "for the next run, too");
  switched(mether0, "eth0");
  assert.deepEqual([mether0.world.get("eth0")?.mtu, mether0.world.get("lan1")?.mtu], [9_000, 1_500]);
});

test("AF-10: where two interfaces exchange their names, neither is given the MTU of the other", () => {
  const mether0 = switched(bench({}, [JUMBO, ETH1]), "eth1").rename({ eth0: "eth1", eth1: "eth0" });
  switched(mether0, "eth1");
  assert.deepEqual([mether0.world.get("eth1")?.mtu, mether0.world.get("eth0")?.mtu], [9_000, 1_500]);
});

test("AF-4: what stayed on an interface is told of it under its new name", () => {
  const mether0 = bench();
  mether0.claimants.set("10.0.0.2", "web2");
  mether0.carrier("eth0", false).rename({ eth0: "lan0" });
  const [left] = mether0.group.view().unmoved;
  assert.deepEqual([left?.address, left?.interface], ["10.0.0.2", "lan0"]);
  assert.ok(findingKinds(mether0).includes("address-unmoved"));
});
