import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../../base/time.js";
import { FakeInterfaces, address, interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import { PathNode, SELF } from "../../../test/support/path-node.js";
import type { Cluster, ServiceAddress, ServiceConfig } from "../../model/cluster.js";
import { networkName, serviceName } from "../../model/names.js";
import { isEligible, objections } from "../../model/eligibility.js";
import type { NodeInput } from "../../model/node-io.js";
import type { PathGroupConfig } from "../../model/path.js";

const [OWN, SHOP] = ["10.0.0.1", "10.0.0.100"];
const NETWORK = networkName("a");

const clusterWith = (
  shop: Partial<ServiceAddress>,
  paths: readonly PathGroupConfig[],
  identity: Pick<ServiceConfig, "identity"> = {},
): Cluster => ({
  name: "test",
  secretFile: "/nonexistent",
  port: 4_994,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: seconds(60), ban: seconds(60), banMax: seconds(600) },
  networks: [{ name: NETWORK, ping: [] }],
  nodes: [{ name: SELF, networks: [{ network: NETWORK, address: OWN }], paths }],
  services: [
    {
      name: serviceName("shop"),
      addresses: [{ address: SHOP, family: 4, prefixLength: 24, ...shop }],
      nodes: [SELF],
      failback: { kind: "never" },
      ...identity,
    },
  ],
  hash: "12345678abcdef",
});

function nodeWith(shop: Partial<ServiceAddress> = {}, paths: readonly PathGroupConfig[] = [groupConfig()]): PathNode {
  const eth0 = interfaceNamed("eth0", { addresses: [address(OWN)] });
  return new PathNode(clusterWith(shop, paths), new FakeInterfaces([eth0, interfaceNamed("eth1")]));
}

const codes = (node: PathNode): readonly string[] => node.notes.map(({ code }) => code);
const addressesOn = (node: PathNode, name: string): readonly string[] =>
  (node.world.get(name)?.addresses ?? []).map((each) => each.address).toSorted();
const fitnessOf = (node: PathNode): readonly string[] =>
  (node.state?.fitness ?? []).flatMap(({ reasons }) => reasons.map(({ code }) => code));

test("a service stays where it is while its addresses go to the other interface of the node", () => {
  const node = nodeWith().start().kernelTells();
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, SHOP]);
  const ledgers = node.ledgers.length;
  node.carrier("eth0", false);
  assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[], [OWN, SHOP]]);
  node.wait(100).kernelTells().wait(10_000);
  assert.deepEqual(addressesOn(node, "eth1"), [OWN, SHOP]);
  assert.ok(codes(node).includes("path.switched"));
  for (const code of ["service.released", "address.taken-away", "address.removed"]) {
    assert.ok(!codes(node).includes(code), code);
  }
  assert.deepEqual(fitnessOf(node), []);
  assert.equal(node.ledgers.length, ledgers, "no disk is in the way of a failover");
});

test("the kernel's late word of what changes of paths did to the interfaces is no news", () => {
  const node = nodeWith({}, [groupConfig({ standby: { kind: "warm" } })])
    .start()
    .kernelTells()
    .wait(5_000);
  const addressOn = (linkIndex: number): NodeInput => {
    return { kind: "address-added", address: { linkIndex, family: 4, address: OWN, prefixLength: 24, flags: 0 } };
  };
  node.order({ kind: "path-switch", node: SELF, group: groupConfig().name, to: "eth1" });
  const late = node.kernel();
  node.order({ kind: "path-switch", node: SELF, group: groupConfig().name, to: "eth0" });
  node.take(addressOn(2));
  node.take({ kind: "kernel-read", kernel: late });
  node.kernelTells().wait(5_000);
  assert.equal(codes(node).filter((code) => code === "path.switched").length, 2);
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, SHOP]);
  assert.deepEqual(
    node.notes.filter(({ code }) => code === "path.failed" || code === "finding.raised"),
    [],
  );
});

test("AF-3: where a service's addresses are and could go is told, with every check", () => {
  const full = groupConfig({ addressesMax: 2 });
  const node = nodeWith({}, [full]).start().kernelTells();
  const told = (): readonly string[] =>
    node.outlook(serviceName("shop")).map(
      (each) =>
        `${each.interface} ${each.isHere} ${objections(each)
          .map(({ check }) => check)
          .join()}`,
    );
  assert.deepEqual(told(), ["eth0 true ", "eth1 false "]);
  assert.equal(node.outlook(serviceName("shop"))[1]?.results.length, 11);
  node.world.apply({ kind: "add-addresses", interface: "eth1", addresses: [address("10.0.0.9")] });
  node.kernelTells();
  assert.deepEqual(told(), ["eth0 true ", "eth1 false room-for-address"], "after the node's own");
  node.world.apply({ kind: "add-addresses", interface: "eth0", addresses: [address("10.0.0.8")] });
  assert.deepEqual(
    node.kernelTells().outlook(serviceName("shop")).filter(isEligible).length,
    1,
    "what is there needs no room",
  );
  node.carrier("eth1", false);
  assert.deepEqual(told(), ["eth0 true ", "eth1 false interface-up,path-healthy,room-for-address"]);
  assert.deepEqual(node.outlook(serviceName("none")), []);
});

test("the guard knows of both places in which an address may be", () => {
  const places = nodeWith()
    .start()
    .kernelTells()
    .ledgers.at(-1)
    ?.map((entry) => entry.interface);
  assert.deepEqual(places, ["eth0", "eth1"]);
});

test("a node both of whose paths are dead says so of itself, and is fit again with the first that works", () => {
  const node = nodeWith().start().kernelTells().carrier("eth0", false).kernelTells().wait(10_000);
  node.carrier("eth1", false).wait(100);
  assert.deepEqual(fitnessOf(node), ["paths-down"]);
  node.carrier("eth1", true).wait(10_000);
  assert.deepEqual(fitnessOf(node), []);
});

test("what happens to the address later is seen on the interface that it went to", () => {
  const node = nodeWith().start().kernelTells().carrier("eth0", false).kernelTells().wait(1_000);
  node.world.apply({ kind: "remove-addresses", interface: "eth1", addresses: [address(SHOP)] });
  node.kernelTells().wait(1_000);
  assert.deepEqual(addressesOn(node, "eth1"), [OWN, SHOP], "it was put back");
});

test("what an undone change of paths could not put back is put back by its service, which blames nobody for that", () => {
  const node = nodeWith().start().kernelTells();
  node.refuses = (item, name, kind) => kind === "add-addresses" && (name === "eth1" || item === SHOP);
  node.order({ kind: "path-switch", node: SELF, group: groupConfig().name, to: "eth1" });
  assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[OWN], []]);
  node.kernelTells().wait(100);
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, SHOP]);
  assert.ok(codes(node).includes("path.put-off"));
  assert.ok(!codes(node).includes("address.taken-away"), "nobody took it away");
});

test("so it is on the interface where the traffic stays, whatever else stuck to the other one", () => {
  const node = nodeWith().start().kernelTells();
  node.refuses = (item, name, kind) =>
    (kind === "add-addresses" && item === SHOP) || (kind === "remove-addresses" && name === "eth1");
  node.order({ kind: "path-switch", node: SELF, group: groupConfig().name, to: "eth1" });
  assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[], [OWN]]);
  node.kernelTells().wait(100);
  assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[SHOP], [OWN]]);
});

test("wherever the agent dies, the next run finishes the change", () => {
  for (let changes = 0; changes < 6; changes += 1) {
    const node = nodeWith().start().kernelTells();
    node.diesAfter = changes;
    node.carrier("eth0", false);
    assert.equal(node.plans.length, 1, `a plan is on record after ${changes} changes`);
    node.restart().kernelTells().wait(1_000);
    assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[], [OWN, SHOP]], `after ${changes}`);
    assert.deepEqual(node.plans, []);
  }
});

/** An agent died after so many changes, and what it had begun to move to is dead by now, or not. */
function heir(changes: number, paths: readonly PathGroupConfig[], isAlive: boolean): PathNode {
  const dead = nodeWith().start().kernelTells();
  dead.diesAfter = changes;
  dead.carrier("eth0", false);
  const node = new PathNode(clusterWith({}, paths), dead.world);
  node.plans = dead.plans;
  node.noCarrier.add(isAlive ? "eth0" : "eth1");
  node.restart().kernelTells().wait(1_000).kernelTells();
  return node;
}

for (const isAlive of [true, false]) {
  for (const paths of [[groupConfig()], []]) {
    const end = isAlive ? "finished" : "undone";
    test(`a dead agent's change is ${end}, with ${paths.length} groups, and the service follows`, () => {
      for (let changes = 0; changes < 6; changes += 1) {
        const node = heir(changes, paths, isAlive);
        const places = [addressesOn(node, "eth0"), addressesOn(node, "eth1")];
        assert.deepEqual(isAlive ? places.reverse() : places, [[OWN, SHOP], []], `after ${changes}`);
        for (const code of ["address.taken-away", "address.removed"]) assert.ok(!codes(node).includes(code), code);
      }
    });
  }
}

test("what the guard took off a dead agent's interface is not put back by the rest of its plan", () => {
  const node = nodeWith().start().kernelTells();
  node.diesAfter = 1;
  node.carrier("eth0", false);
  for (const name of ["eth0", "eth1"]) {
    node.world.apply({ kind: "remove-addresses", interface: name, addresses: [address(SHOP)] });
  }
  node.changes.splice(0);
  node.restart().wait(1_000);
  const put = node.changes.flatMap((change) => (change.kind === "add-addresses" ? change.addresses : []));
  assert.deepEqual(
    put.map((each) => each.address),
    [OWN],
  );
  assert.deepEqual(addressesOn(node, "eth1"), [OWN, SHOP], "the service itself puts it back, when it is its turn");
});

test("the kernel's own word of a change comes in parts, and none of them makes the node unfit", () => {
  const node = nodeWith().start().kernelTells().carrier("eth0", false);
  const { addresses } = node.kernel();
  for (const kind of ["address-removed", "address-added"] as const) {
    for (const address of addresses) {
      node.take({ kind, address: kind === "address-removed" ? { ...address, linkIndex: 1 } : address });
      assert.deepEqual(fitnessOf(node), [], `${kind} ${address.address}`);
    }
  }
});

test("a carrier that may be gone for a while makes nobody unfit before that", () => {
  const { monitor } = groupConfig();
  const node = nodeWith({}, [groupConfig({ monitor: { ...monitor, carrierDownFor: milliseconds(500) } })]);
  node.start().kernelTells().carrier("eth0", false).wait(400);
  assert.deepEqual([fitnessOf(node), addressesOn(node, "eth0")], [[], [OWN, SHOP]]);
  node.wait(200);
  assert.deepEqual([fitnessOf(node), addressesOn(node, "eth1")], [[], [OWN, SHOP]]);
});

test("that no path reaches anything is decided on at once", () => {
  const node = nodeWith().start().kernelTells();
  for (const role of ["secondary", "primary"] as const) {
    const verdict = { group: groupConfig().name, role, reachable: false, silent: ["10.0.0.254"] };
    node.take({ kind: "path-judged", ...verdict });
  }
  assert.deepEqual(fitnessOf(node), ["paths-down"]);
});

test("an address with interfaces of its own goes to the first that works, and stays there", () => {
  const node = nodeWith({ interfaces: ["eth0", "eth1"] }, [])
    .start()
    .kernelTells();
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, SHOP]);
  node.carrier("eth0", false).wait(100).kernelTells();
  assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[OWN], [SHOP]]);
  node.carrier("eth0", true).wait(100).kernelTells().wait(1_000);
  assert.deepEqual(addressesOn(node, "eth1"), [SHOP]);
  assert.ok(!codes(node).includes("service.released"));
  node.carrier("eth0", false).carrier("eth1", false).wait(100);
  assert.deepEqual(fitnessOf(node), ["link-down"]);
});

/** A node on two networks with ping targets, by eth0 and eth2; its service is in a subnet of its own, or in that of eth0. */
function gateway(shop: string): PathNode {
  const [b, second] = [networkName("b"), "10.0.1.1"];
  const plain = clusterWith({ address: shop, interfaces: ["eth0", "eth1"] }, []);
  const networks = [
    { network: NETWORK, address: OWN },
    { network: b, address: second },
  ];
  const cluster: Cluster = {
    ...plain,
    networks: networks.map(({ network }) => ({ name: network, ping: ["10.0.0.254"] })),
    nodes: plain.nodes.map((node) => ({ ...node, networks })),
  };
  const eth0 = interfaceNamed("eth0", { addresses: [address(OWN)] });
  const eth2 = interfaceNamed("eth2", { addresses: [address(second)] });
  return new PathNode(cluster, new FakeInterfaces([eth0, interfaceNamed("eth1"), eth2])).start().kernelTells();
}

test("AF-3: an interface that is cut off from its network is passed over like one without a link", () => {
  const node = gateway("10.7.0.1");
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, "10.7.0.1"]);
  node.take({ kind: "ping-judged", network: NETWORK, reachable: false });
  node.wait(100).kernelTells();
  assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[OWN], ["10.7.0.1"]]);
  assert.deepEqual([fitnessOf(node), codes(node).includes("service.released")], [[], false]);
  const objected = node.outlook(serviceName("shop")).map((each) => objections(each).map(({ check }) => check));
  assert.deepEqual(objected, [[], ["path-healthy"]]);
  node.carrier("eth1", false).wait(100).kernelTells();
  assert.deepEqual(fitnessOf(node), ["ping-lost"], "what has a link is better than what has none, and none works");
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, "10.7.0.1"]);
  node.carrier("eth1", true).wait(100).kernelTells();
  assert.deepEqual([fitnessOf(node), addressesOn(node, "eth1")], [[], ["10.7.0.1"]]);
  node.take({ kind: "ping-judged", network: NETWORK, reachable: true });
  node.wait(1_000).kernelTells();
  assert.deepEqual(addressesOn(node, "eth1"), ["10.7.0.1"], "it stays where it works");
});

test("an address whose answers leave by an interface that is cut off is served nowhere on that node", () => {
  const node = gateway(SHOP);
  node.take({ kind: "ping-judged", network: NETWORK, reachable: false });
  node.wait(100).kernelTells();
  assert.deepEqual([addressesOn(node, "eth0"), addressesOn(node, "eth1")], [[OWN, SHOP], []]);
  assert.deepEqual(fitnessOf(node), ["ping-lost"]);
  node.carrier("eth0", false).wait(100).kernelTells();
  assert.deepEqual(
    [fitnessOf(node), addressesOn(node, "eth1")],
    [[], [SHOP]],
    "without its link it takes none of them",
  );
});

test("an address that names its group is on the interface that is active", () => {
  const node = nodeWith({ interface: "mether0" }).start().kernelTells();
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, SHOP]);
  node.carrier("eth0", false).kernelTells().wait(1_000);
  assert.deepEqual(addressesOn(node, "eth1"), [OWN, SHOP]);
});

test("the network is told again where addresses went, but for those that their services announce", () => {
  const node = nodeWith().start().kernelTells();
  node.carrier("eth0", false).kernelTells();
  node.changes.splice(0);
  node.wait(5_000);
  const told = node.changes.flatMap((change) => (change.kind === "announce-addresses" ? change.addresses : []));
  assert.deepEqual(
    told.map((each) => each.address),
    Array.from({ length: 5 }, () => OWN),
  );
});

test("AF-3: an interface that may carry no more addresses speaks against its node, which is still better than none", () => {
  const node = nodeWith({}, [groupConfig({ addressesMax: 1 })]);
  node.restart();
  assert.deepEqual(fitnessOf(node), ["interface-full"]);
  node.kernelTells().wait(10_000);
  assert.deepEqual(addressesOn(node, "eth0"), [OWN, SHOP]);
  assert.deepEqual(fitnessOf(node), [], "what is here needs no room");
});

test("AF-3: that an interface may have no more MACs is told of each, and speaks against its node", () => {
  const world = new FakeInterfaces([interfaceNamed("eth0", { addresses: [address(OWN)] }), interfaceNamed("eth1")]);
  const identity = { kind: "mac", mac: "02:00:00:00:00:05" } as const;
  const node = new PathNode(clusterWith({}, [groupConfig({ addressesMax: 2 })], { identity }), world).restart();
  const told = (): readonly string[] =>
    node
      .outlook(serviceName("shop"))
      .map(({ results }) => results.find(({ check }) => check === "room-for-mac"))
      .map((each) => `${each?.verdict} ${each?.detail}`);
  assert.deepEqual([told(), fitnessOf(node).includes("interface-full")], [["yes 2 of 2", "yes 2 of 2"], false]);
  const [eth0] = node.kernel().links;
  assert.ok(eth0 !== undefined);
  const other = { ...eth0, index: 9, name: "mv0", mac: "02:00:00:00:00:06", kind: "macvlan", parent: eth0.index };
  node.take({ kind: "link-changed", link: other });
  assert.deepEqual([told(), fitnessOf(node).includes("interface-full")], [["no 2 of 2", "yes 2 of 2"], true]);
});

test("HN-10: an order that names a role is answered with the interface that it means", () => {
  const node = nodeWith().start().kernelTells();
  for (const to of ["secondary", "secondary", "primary"]) {
    node.order({ kind: "path-switch", node: SELF, group: groupConfig().name, to }).wait(100);
  }
  assert.deepEqual(
    node.answers.map((each) => each.message),
    ["eth1", "eth1", "eth0"].map((name) => `mether0 of web1 uses ${name}`),
  );
});

test("HN-11: a path whose interface was renamed is meant by the file's name as well, in services and in orders", () => {
  const node = nodeWith({ interface: "eth0" }).start().kernelTells();
  node.world.rename({ eth0: "lan0" });
  node.kernelTells().wait(5_000);
  assert.deepEqual([fitnessOf(node), addressesOn(node, "lan0")], [[], [OWN, SHOP]]);
  node.order({ kind: "path-detach", node: SELF, interface: "eth0" }).wait(100);
  assert.deepEqual([fitnessOf(node), addressesOn(node, "eth1")], [[], [OWN, SHOP]]);
  node.order({ kind: "path-attach", node: SELF, interface: "eth0" }).wait(5_000);
  node.order({ kind: "path-switch", node: SELF, group: groupConfig().name, to: "eth0" }).wait(100);
  assert.deepEqual([fitnessOf(node), addressesOn(node, "lan0")], [[], [OWN, SHOP]]);
  assert.deepEqual(
    node.answers.map((each) => each.message),
    [
      "eth0 of web1 is detached: it may be unplugged",
      "eth0 of web1 belongs to mether0 again",
      "mether0 of web1 uses lan0",
    ],
  );
});

test("HN-11: a detachment that comes to nothing is told so, by whatever name the interface goes", () => {
  const node = nodeWith().start().kernelTells();
  node.world.rename({ eth0: "lan0" });
  node.kernelTells().wait(5_000);
  node.refuses = (item, name) => name === "eth1" && item === OWN;
  node.order({ kind: "path-detach", node: SELF, interface: "eth0" }).wait(100);
  assert.deepEqual(addressesOn(node, "lan0"), [OWN, SHOP]);
  assert.deepEqual(
    node.answers.map((each) => each.message),
    ["mether0 stays on lan0: the events say why"],
  );
});
