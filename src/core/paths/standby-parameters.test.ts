import assert from "node:assert/strict";
import { test } from "node:test";
import { interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { ETH0, type PathBench, startedBench } from "../../../test/support/path-bench.js";

const JUMBO = { ...ETH0, mtu: 9_000 };
const mtus = ({ world }: PathBench): readonly unknown[] => [world.get("eth0")?.mtu, world.get("eth1")?.mtu];
const switchedTo = (bench: PathBench, name: string): PathBench => {
  bench.order((group, now, effects) => group.switchTo(now, name, effects));
  assert.equal(bench.group.activeInterface, name);
  return bench;
};

test("AF-10: the MTU goes along, and the interface that is left has its own again", () => {
  const mether0 = switchedTo(startedBench({}, [JUMBO, interfaceNamed("eth1")]), "eth1");
  assert.deepEqual(mtus(mether0), [9_000, 9_000]);
  switchedTo(mether0.wait(5_000), "eth0");
  assert.deepEqual(mtus(mether0), [9_000, 1_500]);
  switchedTo(mether0.wait(5_000), "eth1");
  assert.deepEqual(mtus(mether0), [9_000, 9_000]);
});

test("AF-10: the interface that is left has its own MTU again after a restart of the agent too", () => {
  const mether0 = switchedTo(startedBench({}, [JUMBO, interfaceNamed("eth1")]), "eth1").wait(5_000);
  switchedTo(mether0.restart(mether0.groups.memories()), "eth0");
  assert.deepEqual(mtus(mether0), [9_000, 1_500]);
});

test("AF-10: a change that is undone leaves both interfaces the MTU that they had", () => {
  const mether0 = switchedTo(startedBench({}, [JUMBO, interfaceNamed("eth1")]), "eth1").wait(5_000);
  mether0.refuses = (_item, name, kind) => name === "eth0" && kind === "add-addresses";
  mether0.order((group, now, effects) => group.switchTo(now, "eth0", effects));
  assert.deepEqual([mether0.group.activeInterface, ...mtus(mether0)], ["eth1", 9_000, 9_000]);
});

test("AF-10: an interface that was torn out, and is back with another MTU, has its own one again when it is left", () => {
  const mether0 = startedBench({}, [JUMBO, interfaceNamed("eth1")]).wait(2_000);
  mether0.judge("secondary", false).carrier("eth1", false).unplug("eth0").plug(interfaceNamed("eth0")).wait(10_000);
  assert.deepEqual(mtus(mether0), [9_000, 1_500]);
  switchedTo(mether0.carrier("eth1", true).judge("secondary", true).wait(10_000), "eth1");
  assert.deepEqual(mtus(mether0), [9_000, 9_000]);
});
