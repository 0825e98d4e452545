import assert from "node:assert/strict";
import { test } from "node:test";
import { address, interfaceNamed } from "../../../test/support/fake-interfaces.js";
import {
  ETH0,
  ETH1,
  findingKinds,
  type PathBench,
  placesOfGroup,
  startedBench as bench,
} from "../../../test/support/path-bench.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import type { ConfiguredRoute } from "../../model/interface-configuration.js";

const ROUTES = Array.from({ length: 200 }, (_, at) => ({
  ...({ family: 4, gateway: "10.0.0.254", table: 254, description: "" } as const),
  destination: `10.1.${at}.0/24`,
}));

/** How often routes were ordered to an interface. */
const ordersOf = ({ orders }: PathBench, name: string): number =>
  orders.filter((order) => order === `${name} add-routes`).length;

test("many routes that are refused are tried as one batch, later and later, and noted when that changes", () => {
  const mether0 = bench({}, [{ ...ETH0, routes: ROUTES }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(500);
  assert.equal(ordersOf(mether0, "eth1"), 2, "once, and once more");
  assert.match(
    mether0.said().join("\n"),
    /could not take along from eth0 to eth1: [^;]*10\.1\.2\.0\/24 and 197 more; it is tried/,
  );
  const [found] = mether0.group.findings(mether0.now).filter(({ kind }) => kind === "path-group-incomplete");
  assert.ok(found?.kind === "path-group-incomplete");
  assert.deepEqual([found.owed.length, found.more], [20, 180]);
  mether0.orders.splice(0);
  mether0.wait(24 * 3_600_000);
  assert.deepEqual(mether0.said(), []);
  const retries = ordersOf(mether0, "eth1");
  assert.ok(retries > 6 * 24 && retries < 6 * 24 + 16, `${retries} retries in a day`);
  mether0.refuses = (item, name, kind) => name === "eth1" && kind === "add-routes" && item.includes("10.1.7.0");
  mether0.wait(3_600_000);
  assert.deepEqual(mether0.said(), [
    "mether0 could not take along from eth0 to eth1: the route to 10.1.7.0/24; it is tried again",
  ]);
  mether0.refuses = () => false;
  mether0.wait(3_600_000);
  assert.match(mether0.said().join("\n"), /^mether0 has everything in place/);
  assert.equal(mether0.world.get("eth1")?.routes.length, ROUTES.length);
});

test("many routes that are refused when a change is undone are tried as one batch", () => {
  const mether0 = bench({}, [{ ...ETH0, routes: ROUTES }, ETH1]);
  mether0.refuses = (_item, name, kind) => kind === "add-routes" || (name === "eth1" && kind === "add-addresses");
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.equal(ordersOf(mether0, "eth0"), 2, "once, and once more");
  assert.equal(mether0.world.get("eth0")?.routes.length, 0);
  mether0.refuses = () => false;
  mether0.wait(1_000);
  assert.equal(mether0.world.get("eth0")?.routes.length, ROUTES.length);
});

test("a route over another interface that is refused is owed, undoes nothing, and goes along with the next change", () => {
  const route = { ...(ROUTES[0] ?? assert.fail()), source: "10.0.0.1" };
  const mether0 = bench({}, [ETH0, ETH1, interfaceNamed("eth2", { routes: [route] })]);
  const onEth2 = (): number | undefined => mether0.world.get("eth2")?.routes.length;
  mether0.refuses = (_item, name, kind) => name === "eth2" && kind === "remove-routes";
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.deepEqual([mether0.group.activeInterface, onEth2()], ["eth1", 1], "the kernel took it with its source");
  mether0.refuses = (_item, name, kind) => name === "eth2" && kind === "add-routes";
  mether0.order((group, now, effects) => group.switchTo(now, "eth0", effects));
  assert.deepEqual([mether0.group.activeInterface, onEth2()], ["eth0", 0]);
  assert.deepEqual(
    mether0.group.findings(mether0.now).map(({ kind }) => kind),
    ["path-group-incomplete"],
  );
  mether0.refuses = () => false;
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.deepEqual([onEth2(), mether0.plans], [1, []]);
});

const DEFAULT = { family: 4, destination: "default", gateway: "10.0.0.254", table: 254, description: "" } as const;

test("a quiet try of what is owed changes nothing but that: neither since when the group is so, nor what is watched", () => {
  const mether0 = bench({}, [{ ...ETH0, routes: [DEFAULT] }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(100);
  const { state, since } = mether0.group.view();
  mether0.orders.splice(0);
  mether0.wait(3_600_000);
  assert.ok(ordersOf(mether0, "eth1") > 6);
  assert.deepEqual([mether0.group.view().state, mether0.group.view().since], [state, since]);
  assert.ok(!mether0.orders.includes("monitor-paths"));
});

test("the path that stands by gets its dummy address, once it takes it, though something is owed to the other one", () => {
  const dummy = { address: "129.1.1.5", family: 4, prefixLength: 24 } as const;
  const mether0 = bench({ standby: { kind: "warm", address: dummy } }, [{ ...ETH0, routes: [DEFAULT] }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(100);
  mether0.unplug("eth0");
  mether0.refuses = (item, name) => item === dummy.address || (name === "eth1" && item === "default");
  mether0.plug(interfaceNamed("eth0")).wait(10_000);
  assert.deepEqual(mether0.world.placesOf(dummy.address), []);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.wait(3_600_000);
  assert.deepEqual([mether0.world.placesOf(dummy.address), mether0.plans.length], [["eth0"], 1]);
});

test("what is owed to an interface of the group that is gone is neither given up nor told as done, and comes with it", () => {
  const mether0 = bench({}, [{ ...ETH0, routes: [DEFAULT] }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(70_000);
  mether0.said();
  mether0.unplug("eth1").wait(600_000);
  assert.equal(mether0.plans.length, 1);
  assert.doesNotMatch(mether0.said().join("\n"), /no longer tries|everything in place/);
  mether0.refuses = () => false;
  mether0.plug(interfaceNamed("eth1")).wait(10_000);
  assert.deepEqual([mether0.world.get("eth1")?.routes, mether0.plans], [[DEFAULT], []]);
});

test("what is owed to an interface that the file no longer names ends with it", () => {
  const mether0 = bench({}, [{ ...ETH0, routes: [DEFAULT] }, ETH1]);
  mether0.refuses = (_item, name, kind) => name === "eth1" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(2_000);
  mether0.reconfigure(groupConfig({ secondary: { interface: "eth2", members: [] } }));
  assert.equal(mether0.plans.length, 1);
  mether0.said();
  mether0.unplug("eth1").wait(100_000);
  assert.deepEqual(mether0.plans, []);
  assert.match(
    mether0.said().join("\n"),
    /no longer tries to take along from eth0 to eth1: the route to default, since/,
  );
});

test("what is owed to an interface is owed to it under another name as well", () => {
  const mether0 = bench({}, [{ ...ETH0, routes: [DEFAULT] }, ETH1]);
  mether0.refuses = (_item, name, kind) => name !== "eth0" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(100);
  mether0.said();
  mether0.rename({ eth1: "lan1" }).wait(10_000);
  assert.deepEqual([mether0.said(), mether0.plans.length], [[], 1]);
  mether0.refuses = () => false;
  mether0.wait(600_000);
  assert.deepEqual([mether0.world.get("lan1")?.routes, mether0.plans], [[DEFAULT], []]);
});

const CROSSING = { ...DEFAULT, destination: "10.80.0.0/16", gateway: "10.9.0.2", source: "10.0.0.1" } as const;

/** After a change of paths, with a route owed to eth2 that went out from an address of the group. */
function withCrossingOwed(): PathBench {
  const mether0 = bench({}, [ETH0, ETH1, interfaceNamed("eth2", { routes: [CROSSING] })]);
  mether0.refuses = (_item, name, kind) => name === "eth2" && kind === "add-routes";
  mether0.carrier("eth0", false).wait(10);
  assert.equal(mether0.plans.length, 1);
  return mether0;
}

test("and so is a route over another interface that gets a new name", () => {
  const mether0 = withCrossingOwed();
  mether0.refuses = (_item, name, kind) => name === "lan2" && kind === "add-routes";
  mether0.rename({ eth2: "lan2" }).wait(600_000);
  assert.equal(mether0.plans.length, 1);
  mether0.refuses = () => false;
  mether0.wait(600_000);
  assert.deepEqual([mether0.world.get("lan2")?.routes, mether0.plans], [[CROSSING], []]);
});

test("a route over another interface is told as that", () => {
  const mether0 = withCrossingOwed();
  const owed = "mether0 could not take along from eth0 to eth1: the route to 10.80.0.0/16 over eth2; it is tried again";
  assert.ok(mether0.said().includes(owed));
  mether0.world.unplug("eth2");
  mether0.wait(100_000);
  assert.match(
    mether0.said().join("\n"),
    /no longer tries to take along .*: the route to 10.80.0.0\/16 over eth2, since/,
  );
  assert.deepEqual(mether0.plans, []);
});

test("one over an interface that is made anew while it is tried is not given up", () => {
  const mether0 = withCrossingOwed();
  mether0.world.unplug("eth2");
  mether0.wait(10_000);
  mether0.refuses = () => false;
  mether0.world.set(interfaceNamed("eth2"));
  mether0.wait(600_000);
  assert.deepEqual([mether0.world.get("eth2")?.routes, mether0.plans], [[CROSSING], []]);
});

test("a route over another interface is not put beside one that somebody has put in its place", () => {
  const mether0 = withCrossingOwed();
  mether0.refuses = () => false;
  const instead = { ...CROSSING, gateway: "10.9.0.3" };
  mether0.world.set(interfaceNamed("eth2", { routes: [instead] }));
  mether0.said();
  mether0.orders.splice(0);
  mether0.wait(600_000);
  assert.deepEqual([ordersOf(mether0, "eth2"), mether0.world.get("eth2")?.routes, mether0.plans], [0, [instead], []]);
  assert.match(mether0.said().join("\n"), /no longer tries to take along .*: the route to 10.80.0.0\/16 over eth2/);
});

test("a route over another interface that is gone at a change of paths is nobody's loss", () => {
  const mether0 = bench({}, [ETH0, ETH1, interfaceNamed("eth2", { routes: [CROSSING] })]);
  mether0.wait(2_000);
  mether0.world.unplug("eth2");
  mether0.unplug("eth0").wait(10_000);
  assert.deepEqual([mether0.group.activeInterface, mether0.plans], ["eth1", []]);
  assert.doesNotMatch(mether0.said().join("\n"), /could not take|no longer tries|everything in place/);
});

test("a route over another interface that somebody put another one in the place of is not tried for ever", () => {
  const mether0 = withCrossingOwed();
  const eth2 = mether0.world.get("eth2") ?? assert.fail();
  mether0.world.set({ ...eth2, routes: [{ ...DEFAULT, gateway: "10.9.0.2" }] });
  mether0.wait(3_600_000);
  assert.equal(mether0.plans.length, 1, "a route to somewhere else says nothing");
  mether0.said();
  mether0.world.set({ ...eth2, routes: [{ ...CROSSING, gateway: "10.9.0.3" }] });
  mether0.wait(3_600_000);
  assert.deepEqual([mether0.plans, mether0.group.findings(mether0.now).length], [[], 1], "eth0 has no carrier");
  assert.match(
    mether0.said().join("\n"),
    /no longer tries to take along .*: the route to 10.80.0.0\/16 over eth2, since/,
  );
});

test("what is owed and does not go along with the next change is owed on", () => {
  const mether0 = withCrossingOwed();
  mether0.claimants.set("10.0.0.1", "web2");
  mether0.carrier("eth0", true).wait(20_000).carrier("eth1", false).wait(10);
  assert.deepEqual([mether0.group.activeInterface, mether0.world.placesOf("10.0.0.1")], ["eth0", ["eth1"]]);
  assert.equal(mether0.plans.length, 1);
  mether0.refuses = () => false;
  mether0.wait(600_000);
  assert.deepEqual([mether0.world.get("eth2")?.routes, mether0.plans], [[CROSSING], []]);
});

/** ETH0 with the route, torn out and back while nothing else can carry the traffic, and the route is refused by then. */
function returnedWithout(route: ConfiguredRoute, over: string): PathBench {
  const eth2 = interfaceNamed("eth2", over === "eth2" ? { routes: [route] } : {});
  const mether0 = bench({}, [over === "eth2" ? ETH0 : { ...ETH0, routes: [route] }, ETH1, eth2]).wait(2_000);
  mether0.refuses = (_item, name, kind) => name === over && kind === "add-routes";
  mether0.carrier("eth1", false).unplug("eth0").plug(interfaceNamed("eth0")).wait(10_000);
  assert.deepEqual([mether0.group.activeInterface, mether0.world.placesOf("10.0.0.1")], ["eth0", ["eth0"]]);
  return mether0;
}

for (const [over, route] of [
  ["eth2", CROSSING],
  ["eth0", DEFAULT],
] as const) {
  test(`a route over ${over} that is refused when an interface has returned is owed, also after a restart`, () => {
    const mether0 = returnedWithout(route, over);
    assert.match(mether0.said().join("\n"), /could not take along from eth1 to eth0: the route to/);
    mether0.restart(mether0.groups.memories()).wait(10_000);
    assert.deepEqual([mether0.group.activeInterface, mether0.plans.length], ["eth0", 1]);
    assert.deepEqual(placesOfGroup(mether0), ["eth0"]);
    mether0.refuses = () => false;
    mether0.wait(600_000);
    assert.deepEqual([mether0.world.get(over)?.routes, mether0.plans], [[route], []]);
  });
}

for (const others of [["10.0.0.1"], []]) {
  test(`an address owed to an interface that is gone for a while is on it again, with ${others.length} others`, () => {
    const eth0 = interfaceNamed("eth0", { addresses: [...others, "10.0.0.2"].map(address) });
    const mether0 = bench({}, [eth0, ETH1]).wait(2_000);
    mether0.refuses = (item, name, kind) => kind === "add-addresses" && (name === "eth1" || item === "10.0.0.2");
    mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
    mether0.wait(70_000);
    assert.deepEqual([mether0.world.placesOf("10.0.0.2"), mether0.plans.length], [[], 1]);
    mether0.refuses = () => false;
    mether0.unplug("eth1").unplug("eth0").wait(600_000).said();
    assert.equal(mether0.plans.length, 1);
    mether0.plug(interfaceNamed("eth0")).wait(600_000);
    assert.deepEqual(
      eth0.addresses.map((each) => mether0.world.placesOf(each.address)),
      eth0.addresses.map(() => ["eth0"]),
    );
    assert.deepEqual(mether0.plans, []);
  });
}

/** Active is eth1, which refused an address that the interface before it carried, and that one is gone. */
function goneWithRefused(): PathBench {
  const mether0 = bench().wait(2_000);
  mether0.refuses = (item, name, kind) => item === "10.0.0.2" && name === "eth1" && kind === "add-addresses";
  mether0.unplug("eth0").wait(2_000);
  assert.deepEqual([mether0.group.activeInterface, mether0.world.placesOf("10.0.0.2")], ["eth1", []]);
  return mether0;
}

const WHERE = (mether0: PathBench): readonly (readonly string[])[] =>
  ["10.0.0.1", "10.0.0.2"].map((each) => mether0.world.placesOf(each));

test("an address that the other path refuses while its interface is gone is told as owed, and put back when that returns", () => {
  for (const isRestarted of [false, true]) {
    const mether0 = goneWithRefused();
    assert.match(mether0.said().join("\n"), /could not take along from eth0 to eth1: 10\.0\.0\.2; it is tried/);
    assert.ok(findingKinds(mether0).includes("path-group-incomplete"));
    if (isRestarted) mether0.restart(mether0.groups.memories());
    mether0.wait(3_600_000).plug(interfaceNamed("eth0"));
    assert.deepEqual([WHERE(mether0), mether0.plans], [[["eth1"], ["eth0"]], []], "at once, not at the next try");
  }
});

test("and so is one that its interface does not take back either", () => {
  const mether0 = bench().wait(2_000);
  mether0.refuses = (item, _name, kind) => item === "10.0.0.2" && kind === "add-addresses";
  mether0.carrier("eth0", false).wait(2_000);
  assert.deepEqual(WHERE(mether0), [["eth1"], []]);
  mether0.refuses = () => false;
  mether0.wait(600_000);
  assert.deepEqual([WHERE(mether0), mether0.plans], [[["eth1"], ["eth0"]], []]);
});

test("it comes along where the traffic returns before it was put back", () => {
  const mether0 = bench().wait(2_000);
  mether0.refuses = (item, _name, kind) => item === "10.0.0.2" && kind === "add-addresses";
  mether0.carrier("eth0", false).wait(70_000);
  mether0.refuses = () => false;
  mether0.carriersLost("eth1").carrier("eth0", true).wait(1_000);
  assert.deepEqual([mether0.group.activeInterface, WHERE(mether0), mether0.plans], ["eth0", [["eth0"], ["eth0"]], []]);
});

test("it is not put back where somebody has put it on the other path meanwhile", () => {
  const mether0 = goneWithRefused();
  const eth1 = mether0.world.get("eth1") ?? assert.fail();
  mether0.plug({ ...eth1, addresses: [...eth1.addresses, address("10.0.0.2")] });
  mether0.plug(interfaceNamed("eth0")).wait(600_000);
  assert.deepEqual([WHERE(mether0), mether0.plans], [[["eth1"], ["eth1"]], []]);
});

test("an address that is on a third interface too is put back though the other path is gone", () => {
  const mether0 = bench({}, [ETH0, ETH1, interfaceNamed("dummy0", { addresses: [address("10.0.0.2")] })]).wait(2_000);
  mether0.refuses = (item, _name, kind) => item === "10.0.0.2" && kind === "add-addresses";
  mether0.order((group, now, effects) => group.switchTo(now, "eth1", effects));
  assert.deepEqual(WHERE(mether0), [["eth0"], ["dummy0"]]);
  mether0.refuses = () => false;
  mether0.unplug("eth1").wait(600_000);
  assert.deepEqual([WHERE(mether0), mether0.plans], [[["eth0"], ["eth0", "dummy0"]], []]);
});

test("a service sees to its own address, wherever that is", () => {
  const mether0 = bench().wait(2_000);
  mether0.moving = ["10.0.0.2"];
  mether0.refuses = (item, name, kind) => item === "10.0.0.2" && name === "eth1" && kind === "add-addresses";
  mether0.unplug("eth0").wait(2_000);
  assert.deepEqual([WHERE(mether0), mether0.plans], [[["eth1"], []], []]);
});
