import assert from "node:assert/strict";
import { test } from "node:test";
import { address, interfaceNamed } from "../../../test/support/fake-interfaces.js";
import {
  ETH0,
  ETH1,
  PathBench,
  placesOfGroup as places,
  startedBench as bench,
} from "../../../test/support/path-bench.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import { seconds } from "../../base/time.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";

for (const [name, dead, expected, word] of [
  ["finished where the other path works", "eth0", "eth1", /finishes the change/],
  ["undone where it does not", "eth1", "eth0", /undoes the change/],
] as const) {
  test(`AF-5: whatever step the agent died at, the next run finds the plan; it is ${name}`, () => {
    for (let step = 1; step <= 12; step += 1) {
      const mether0 = bench();
      const first = mether0.effects.nextStep();
      mether0.dieAt = first + 2 + step;
      mether0.carrier("eth0", false);
      if (mether0.plans.length === 0) continue;
      mether0.noCarrier.clear();
      mether0.noCarrier.add(dead);
      mether0.restart();
      assert.deepEqual(places(mether0), [expected], `after step ${step}`);
      assert.deepEqual(mether0.plans, []);
      assert.equal(mether0.group.activeInterface, expected);
      assert.match(mether0.said()[0] ?? "", word);
    }
  });
}

test("what was being put back on an interface that returned, and is dead again, is put on the other one by the next run", () => {
  let deaths = 0;
  for (let step = 1; step <= 6; step += 1) {
    const mether0 = bench().wait(2_000).carrier("eth1", false).unplug("eth0");
    mether0.dieAt = mether0.effects.nextStep() + 1 + step;
    mether0.plug(interfaceNamed("eth0"));
    if (mether0.plans.length === 0) continue;
    deaths += 1;
    mether0.noCarrier.clear();
    mether0.noCarrier.add("eth0");
    mether0.restart(mether0.groups.memories()).wait(10_000);
    assert.deepEqual(places(mether0), ["eth1"], `after step ${step}`);
  }
  assert.ok(deaths > 3);
});

test("AF-5: a plan of a group that is no longer configured is not left half done", () => {
  const mether0 = bench();
  mether0.dieAt = mether0.effects.nextStep() + 4;
  mether0.carrier("eth0", false);
  assert.equal(mether0.plans.length, 1);
  const other = new PathBench({ ...groupConfig(), primary: { interface: "eth5", members: [] } }, []);
  for (const name of ["eth0", "eth1"]) other.world.set(mether0.world.get(name) ?? ETH0);
  other.plans = mether0.plans;
  other.restart();
  assert.deepEqual(places(other), ["eth1"]);
  assert.deepEqual(other.plans, []);
});

test("a group whose configuration changes goes on from where it is", () => {
  const mether0 = bench().carrier("eth0", false);
  mether0.said();
  const changed = groupConfig({ settleDelay: seconds(1) });
  mether0.groups.reconfigure(mether0.now, [changed], mether0.effects);
  assert.equal(mether0.group.activeInterface, "eth1");
  assert.deepEqual(mether0.group.config, changed);
});

test("two hundred addresses are looked at and moved without delay of ours", () => {
  const addresses = Array.from({ length: 200 }, (_, index) => address(`10.0.${1 + (index >> 7)}.${index & 127}`));
  const eth0: InterfaceConfiguration = interfaceNamed("eth0", { addresses });
  const mether0 = bench({ addressesMax: 500 }, [eth0, ETH1]).carrier("eth0", false);
  assert.equal(mether0.world.get("eth1")?.addresses.length, 200);
});
