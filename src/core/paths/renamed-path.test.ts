import assert from "node:assert/strict";
import { test } from "node:test";
import { ETH0, findingKinds, type PathBench, startedBench as bench } from "../../../test/support/path-bench.js";

/** The kernel's index, which the bench takes from the number in the name, stays. */
const rename = (mether0: PathBench, from: string, to: string): PathBench => {
  const before = mether0.world.get(from) ?? assert.fail();
  mether0.world.unplug(from);
  return mether0.plug({ ...before, interface: to });
};

test("HN-11: an interface that gets another name is the same path, and nothing is put on the other one as well", () => {
  const mether0 = rename(bench().wait(2_000), "eth0", "lan0").wait(2_000);
  for (const { address } of ETH0.addresses) assert.deepEqual(mether0.world.placesOf(address), ["lan0"]);
  assert.deepEqual([mether0.group.activeInterface, mether0.group.state, findingKinds(mether0)], ["lan0", "sound", []]);
  mether0.carrier("lan0", false);
  for (const { address } of ETH0.addresses) assert.deepEqual(mether0.world.placesOf(address), ["eth1"]);
  assert.equal(mether0.group.state, "degraded");
  rename(mether0.carrier("lan0", true), "lan0", "eth0").wait(5_000);
  assert.deepEqual([mether0.group.interfaces, mether0.group.state], [["eth0", "eth1"], "sound"]);
});

test("HN-11: what such an interface loses by being switched off comes from the record under its new name", () => {
  const mether0 = rename(bench().wait(2_000), "eth0", "lan0").wait(2_000);
  mether0.plug({
    ...ETH0,
    interface: "lan0",
    up: false,
    addresses: ETH0.addresses.filter(({ family }) => family === 4),
  });
  assert.deepEqual(mether0.world.placesOf("fd00::1"), ["eth1"]);
});
