/** Two groups of one machine, and a route over a path of the one that goes out from an address of the other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { address, interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { PathBench } from "../../../test/support/path-bench.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import { pathGroupName } from "../../model/path.js";

const CROSSING = { family: 4, destination: "10.80.0.0/16", table: 254, description: "", source: "10.0.0.1" } as const;

/** @param more addresses of eth0 */
function twoGroups(...more: readonly string[]): PathBench {
  const other = groupConfig({
    name: pathGroupName("mether1"),
    primary: { interface: "eth2", members: [] },
    secondary: { interface: "eth3", members: [] },
  });
  const interfaces = [
    interfaceNamed("eth0", { addresses: ["10.0.0.1", ...more].map(address) }),
    interfaceNamed("eth1"),
    interfaceNamed("eth2", { addresses: [address("10.9.0.1")], routes: [CROSSING] }),
    interfaceNamed("eth3"),
  ];
  const bench = new PathBench(groupConfig(), interfaces, [other]).start().wait(2_000);
  bench.said();
  return bench;
}

const placesOfRoute = ({ world }: PathBench): readonly string[] =>
  world.names().filter((name) => world.get(name)?.routes.some(({ destination }) => destination === "10.80.0.0/16"));

const activeOf = ({ groups }: PathBench): readonly string[] =>
  ["mether0", "mether1"].map((name) => groups.group(name)?.activeInterface ?? assert.fail());

for (const order of [
  ["eth0", "eth2"],
  ["eth2", "eth0"],
] as const) {
  test(`both groups change paths at once, or ${order.join(" before ")}: the route is over the new path, and on no other`, () => {
    for (const isAtOnce of [true, false]) {
      const bench = twoGroups();
      if (isAtOnce) bench.carriersLost(...order);
      else for (const name of order) bench.carrier(name, false).wait(2_000);
      assert.deepEqual([activeOf(bench), placesOfRoute(bench)], [["eth1", "eth3"], ["eth3"]], `at once: ${isAtOnce}`);
      assert.deepEqual(bench.plans, []);
    }
  });
}

test("an interface is gone whose route over the other group was on record where it was before: it is put on where it is", () => {
  const bench = twoGroups();
  bench.carrier("eth2", false).wait(2_000);
  assert.deepEqual(placesOfRoute(bench), ["eth3"]);
  bench.refuses = (_item, name, kind) => name === "eth2" && kind === "add-routes";
  bench.unplug("eth0").wait(2_000);
  assert.deepEqual([activeOf(bench), placesOfRoute(bench), bench.plans], [["eth1", "eth3"], ["eth3"], []]);
});

test("a route over the path of the other group that stands by is put back there", () => {
  const bench = twoGroups();
  for (const [name, routes] of [
    ["eth2", []],
    ["eth3", [CROSSING]],
  ] as const) {
    bench.world.set({ ...(bench.world.get(name) ?? assert.fail()), routes });
  }
  bench.carrier("eth0", false);
  assert.deepEqual([activeOf(bench), placesOfRoute(bench), bench.plans], [["eth1", "eth2"], ["eth3"], []]);
});

test("what is owed over a path of another group is owed over whichever is active", () => {
  const bench = twoGroups();
  bench.refuses = (item, _name, kind) => item === "10.80.0.0/16" && kind === "add-routes";
  bench.carrier("eth0", false).wait(2_000);
  assert.deepEqual([placesOfRoute(bench), bench.plans.length], [[], 1]);
  bench.carrier("eth2", false).wait(2_000);
  bench.refuses = (_item, name, kind) => name === "eth2" && kind === "add-routes";
  bench.wait(600_000);
  assert.deepEqual([placesOfRoute(bench), bench.plans], [["eth3"], []]);
});

test("orders to both groups at once: neither is undone for what the other has in hand", () => {
  const bench = twoGroups();
  bench.order((group, now, effects) => {
    group.switchTo(now, "eth1", effects);
    bench.groups.group("mether1")?.switchTo(now, "eth3", effects);
  });
  assert.deepEqual([activeOf(bench), placesOfRoute(bench)], [["eth1", "eth3"], ["eth3"]]);
});

test("an order that waits for another group is carried out by what is so when its turn comes", () => {
  const bench = twoGroups("10.0.0.2");
  bench.refuses = (item, name, kind) => item === "10.0.0.2" && name === "eth1" && kind === "add-addresses";
  bench.order((group, now, effects) => {
    bench.groups.group("mether1")?.switchTo(now, "eth3", effects);
    group.switchTo(now, "eth1", effects);
    bench.carrier("eth0", false);
  });
  assert.deepEqual(activeOf(bench), ["eth1", "eth3"], "what is refused is no reason to go back to a path that is dead");
});

test("a service address that was let go of while another group had its turn is not put back", () => {
  const bench = twoGroups("10.0.0.2");
  bench.refuses = (item, _name, kind) => item === "10.0.0.2" && kind === "add-addresses";
  bench.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.deepEqual([bench.world.placesOf("10.0.0.2"), bench.plans.length], [[], 1]);
  bench.refuses = () => false;
  bench.moving = ["10.0.0.2"];
  bench.now = bench.group.deadline()?.at ?? assert.fail();
  bench.order((group, now, effects) => {
    bench.groups.group("mether1")?.switchTo(now, "eth3", effects);
    group.tick(now, effects);
    bench.released = ["10.0.0.2"];
  });
  assert.deepEqual([bench.world.placesOf("10.0.0.2"), bench.plans], [[], []]);
});

test("an agent that starts asks where a route belongs once it knows of each group which path that is on", () => {
  const bench = twoGroups();
  bench.refuses = (item, _name, kind) => item === "10.80.0.0/16" && kind === "add-routes";
  bench.carrier("eth0", false).wait(2_000).carrier("eth2", false).wait(2_000);
  bench.refuses = () => false;
  bench.restart().wait(2_000);
  assert.deepEqual([activeOf(bench), placesOfRoute(bench), bench.plans], [["eth1", "eth3"], ["eth3"], []]);
});

test("an agent that died while both groups changed paths brings both to an end", () => {
  for (let step = 1; step < 60; step += 1) {
    const bench = twoGroups();
    bench.dieAt = step;
    bench.carriersLost("eth0", "eth2").restart().wait(10_000);
    assert.deepEqual([activeOf(bench), placesOfRoute(bench)], [["eth1", "eth3"], ["eth3"]], `died at step ${step}`);
  }
});

test("a group that is changed in the file while it changes paths does not keep the other from it", () => {
  for (const [changed, active] of [
    ["mether0", ["eth0", "eth3"]],
    ["mether1", ["eth1", "eth2"]],
  ] as const) {
    const bench = twoGroups();
    const configs = bench.configs.map((each) => (each.name === changed ? { ...each, addressesMax: 99 } : each));
    bench.order((group, now, effects) => {
      group.switchTo(now, "eth1", effects);
      bench.groups.group("mether1")?.switchTo(now, "eth3", effects);
      bench.groups.reconfigure(now, configs, effects);
    });
    assert.deepEqual(activeOf(bench), active, `${changed} is changed`);
  }
});
