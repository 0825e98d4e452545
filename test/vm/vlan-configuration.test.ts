/* What is configured on VLAN interfaces is captured, and moved with the interface below. Needs 802.1Q. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, test } from "node:test";
import type {
  InterfaceChange,
  InterfaceConfiguration,
  VlanInterface,
} from "../../src/model/interface-configuration.js";
import { type FailoverOrder, planFailover } from "../../src/core/paths/failover-plan.js";
import { completed } from "../../src/core/paths/lost-configuration.js";
import { AnnouncementListener } from "../../src/os/linux/announcement-listener.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { LinuxKernel } from "../../src/os/linux/linux-kernel.js";
import { ip, ipJson, Namespace, namespacesMissing, untilWorking } from "../support/namespaces.js";
import { groupConfig } from "../support/path-group-config.js";
import { waitUntil } from "../support/wait-until.js";

/** A VLAN with all that can be configured on it, one of another kind that is down, and one in a bridge. */
const VLANS: readonly string[] = [
  "link add link eth0 name eth0.5 mtu 1400 type vlan id 5 gvrp on egress-qos-map 1:2 3:4 ingress-qos-map 5:6",
  "link set eth0.5 up",
  "address add 10.5.0.1/24 broadcast 10.5.0.255 dev eth0.5 label eth0.5:vip",
  "address add 10.5.0.2/24 dev eth0.5",
  "address add fd05::1/64 dev eth0.5 nodad",
  "route add 10.55.0.0/16 via 10.5.0.254 dev eth0.5 metric 30",
  "route add fd55::/48 via fd05::fe dev eth0.5 metric 30",
  "neighbour add 10.5.0.254 lladdr 02:00:00:00:00:fe dev eth0.5 nud permanent",
  "link add link eth0 name storage address 02:00:00:00:00:77 type vlan protocol 802.1ad id 7",
  "address add 10.7.0.1/24 dev storage",
  "link add br0 type bridge",
  "link add link eth0 name eth0.9 type vlan id 9",
  "link set eth0.9 master br0",
];

/** Why VLAN interfaces can't be made here; false when they can. Leaves this thread in a fresh network namespace. */
function vlansMissing(): string | false {
  const missing = namespacesMissing();
  if (missing !== false) return missing;
  ip("link add probe0 type veth peer name probe1");
  try {
    execFileSync("ip", "link add link probe0 name probe0.2 type vlan id 2".split(" "), { stdio: "ignore" });
    return false;
  } catch {
    return "this kernel has no 802.1Q";
  }
}

describe("the configuration of VLAN interfaces", { skip: vlansMissing() }, () => {
  let far: Namespace;
  let near: Namespace;
  let kernel: LinuxKernel;

  beforeEach(() => {
    far = new Namespace();
    near = new Namespace();
    for (const index of [0, 1]) {
      const mac = `02:00:00:00:00:0${index + 1}`;
      ip(`link add eth${index} address ${mac} type veth peer name far${index} netns ${far.path}`);
      ip(`link set eth${index} up`);
      far.enter();
      ip(`link set far${index} up`);
      near.enter();
    }
    for (const command of VLANS) ip(command);
    for (const name of ["eth0", "eth1", "eth0.5"]) untilWorking(name);
    kernel = new LinuxKernel();
  });
  afterEach(() => {
    kernel.close();
    near.close();
    far.close();
  });

  function captured(name: string): InterfaceConfiguration {
    const found = kernel.captureInterface(name);
    assert.ok(found.ok, JSON.stringify(found));
    return found.value;
  }

  /** Each change twice: it must be a success both times. */
  function change(...changes: readonly InterfaceChange[]): void {
    for (const each of changes) {
      assert.equal(kernel.changeInterface(each), undefined, each.kind);
      assert.equal(kernel.changeInterface(each), undefined, `${each.kind} once more`);
    }
  }

  test("everything on them is captured", () => {
    const { vlans, immovable } = captured("eth0");
    assert.deepEqual(immovable, []);
    const REORDER_AND_GVRP = 0x3;
    const facts = vlans.map(({ name, id, protocol, flags, master, configuration }) => {
      const { mac, mtu, up } = configuration;
      return { name, id, protocol, flags, master, mac, mtu, up };
    });
    const usual = { flags: 1, master: undefined, mac: "", mtu: 1_500, up: false };
    assert.deepEqual(facts, [
      { ...usual, name: "eth0.5", id: 5, protocol: "802.1Q", flags: REORDER_AND_GVRP, mtu: 1_400, up: true },
      { ...usual, name: "storage", id: 7, protocol: "802.1ad", mac: "02:00:00:00:00:77" },
      { ...usual, name: "eth0.9", id: 9, protocol: "802.1Q", master: "br0" },
    ]);
    const [first] = vlans;
    assert.deepEqual(
      first?.configuration.addresses.map(({ address, labelSuffix }) => [address, labelSuffix]),
      [
        ["10.5.0.1", ":vip"],
        ["10.5.0.2", undefined],
        ["fd05::1", undefined],
      ],
    );
    assert.deepEqual(
      first?.configuration.routes.map(({ destination }) => destination),
      ["10.55.0.0/16", "fd55::/48"],
    );
    assert.equal(first?.configuration.neighbours.length, 1);
    assert.ok(first?.priorityMaps?.egress !== undefined && first.priorityMaps.ingress !== undefined);
  });

  test("they are deleted, made anew on another interface, and are as they were", () => {
    const { vlans } = captured("eth0");
    const shownBefore = shown(vlans);
    change({ kind: "delete-vlans", interface: "eth0", vlans }, { kind: "create-vlans", interface: "eth1", vlans });
    assert.deepEqual(captured("eth0").vlans, []);
    assert.deepEqual(comparable(captured("eth1").vlans), comparable(vlans));
    assert.deepEqual(shown(vlans), shownBefore);
    change({ kind: "delete-vlans", interface: "eth1", vlans }, { kind: "create-vlans", interface: "eth0", vlans });
    assert.deepEqual(comparable(captured("eth0").vlans), comparable(vlans));
  });

  test("one that is there already only gets what it lacks", () => {
    const { vlans } = captured("eth0");
    ip("address del 10.5.0.2/24 dev eth0.5");
    ip("link set eth0.5 down");
    change({ kind: "create-vlans", interface: "eth0", vlans });
    assert.deepEqual(comparable(captured("eth0").vlans), comparable(vlans));
  });

  test("a name that is taken by a VLAN of another interface is refused in words, and that one left alone", () => {
    const { vlans } = captured("eth0");
    const problem = kernel.changeInterface({ kind: "create-vlans", interface: "eth1", vlans: vlans.slice(0, 1) });
    assert.deepEqual(problem, {
      code: "EEXIST",
      message: "eth0.5: there is another interface of that name, VLAN 5 on eth0",
    });
    change({ kind: "delete-vlans", interface: "eth1", vlans });
    assert.equal(captured("eth0").vlans.length, vlans.length);
  });

  test("one that others lie on is not moved, and not deleted: they would go with it", () => {
    ip("link add link eth0.5 name inner type vlan id 6");
    const before = captured("eth0");
    assert.deepEqual(before.immovable, ["a vlan interface eth0.5 on eth0, which inner lies on"]);
    assert.deepEqual(
      before.vlans.map(({ name }) => name),
      ["storage", "eth0.9"],
    );
    const [five] = captured("eth0.5").vlans;
    assert.equal(five?.name, "inner");
    const vlans = [{ ...five, name: "eth0.5", id: 5 }];
    const problem = kernel.changeInterface({ kind: "delete-vlans", interface: "eth0", vlans });
    assert.deepEqual(problem, { code: "EBUSY", message: "eth0.5: the interface inner lies on it" });
  });

  test("they take the MAC of the interface below, when it changes too", () => {
    change({ kind: "set-mac", interface: "eth0", mac: "02:00:00:00:00:99" });
    // The last one is down, and Linux 6.1 lets such a one follow only when it is switched on.
    const [five, storage] = captured("eth0").vlans.map(({ configuration }) => configuration.mac);
    assert.deepEqual([five, storage], ["", "02:00:00:00:00:77"]);
  });

  /** The change of paths from `from` to the other interface, whole. */
  function moveAway(from: InterfaceConfiguration, change: Partial<Pick<FailoverOrder, "group" | "stays">> = {}): void {
    const order = { group: groupConfig(), reason: { kind: "switched-off" }, stays: new Set<string>() } as const;
    const { steps } = planFailover({ ...order, from, to: captured("eth1"), ...change });
    for (const step of steps) assert.equal(kernel.changeInterface(step), undefined, step.kind);
  }

  test("what they lose when the interface below is switched off goes along from the record", () => {
    const snapshot = captured("eth0");
    ip("link set eth0 down");
    const left = captured("eth0");
    assert.deepEqual(
      left.vlans.map(({ configuration: { up, addresses } }) => [up, addresses.length]),
      [
        [false, 2],
        [false, 1],
        [false, 0],
      ],
    );
    moveAway(completed(left, { snapshot, isStripped: false }));
    assert.deepEqual(comparable(captured("eth1").vlans), comparable(snapshot.vlans));
  });

  test("one that stays on an interface that gives its MAC away has everything afterwards", () => {
    const before = captured("eth0");
    moveAway(before, { group: groupConfig({ mac: "move" }), stays: new Set(["10.5.0.1"]) });
    const [five] = before.vlans;
    assert.ok(five !== undefined);
    assert.deepEqual(comparable(captured("eth0").vlans), comparable([five]));
    assert.deepEqual(captured("eth1").mac, before.mac);
  });

  test("their addresses are announced in their VLAN", () => {
    far.enter();
    ip("link add link far0 name far0.5 type vlan id 5");
    ip("link set far0.5 up");
    untilWorking("far0.5");
    const listener = new AnnouncementListener();
    listener.listenFor(["10.5.0.1", "fd05::1"]);
    near.enter();
    const vlans = captured("eth0").vlans.filter(({ name }) => name === "eth0.5");
    change({ kind: "announce-addresses", interface: "eth0", addresses: [], vlans });
    const heard = new Set<string>();
    waitUntil(listener.fds(), (fd) => {
      for (const each of listener.drain(fd, bootClock())) heard.add(`${each.address} on ${each.interface}`);
      return heard.has("10.5.0.1 on far0.5") && heard.has("fd05::1 on far0.5") ? true : undefined;
    });
    listener.close();
  });
});

/** Without the routes' descriptions, which name the interface by its number. */
const comparable = (vlans: readonly VlanInterface[]): unknown =>
  vlans.map(({ configuration, ...vlan }) => ({
    ...vlan,
    configuration: {
      ...configuration,
      routes: configuration.routes.map((route) => ({ ...route, description: "" })),
    },
  }));

interface ShownVlan {
  readonly linkinfo: { readonly info_data: unknown };
  readonly mtu: number;
  readonly master?: string;
}

/** What iproute2 shows: the reference for what a capture may have missed. */
const shown = (vlans: readonly VlanInterface[]): unknown =>
  vlans.map(({ name }) => {
    const [link] = ipJson<ShownVlan>(`-details link show dev ${name}`);
    return [name, link?.linkinfo.info_data, link?.mtu, link?.master];
  });
