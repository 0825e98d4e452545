import assert from "node:assert/strict";
import { test } from "node:test";
import { address, interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { ETH0, ETH1, PathBench, startedBench } from "../../../test/support/path-bench.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import { completed } from "./lost-configuration.js";
import type { InterfaceConfiguration, VlanInterface } from "../../model/interface-configuration.js";

const LOOSE_BINDING = 0x4;

function vlan(change: Partial<VlanInterface["configuration"]> = {}, flags = 1): VlanInterface {
  const { vlans: _none, ...configuration } = interfaceNamed("storage", {
    mac: "",
    addresses: ["10.7.0.1", "fd07::1"].map(address),
    routes: [{ family: 4, destination: "10.77.0.0/16", gateway: "10.7.0.254", table: 254, description: "" }],
    neighbours: [{ family: 4, address: "10.7.0.254", mac: "02:00:00:00:ff:01", isProxy: false }],
    ...change,
  });
  return { name: "storage", id: 7, protocol: "802.1Q", flags, configuration };
}

const withVlan = (each: VlanInterface): InterfaceConfiguration => ({ ...ETH0, vlans: [each] });

/** What the kernel leaves of an interface that is switched off. */
const switchedOff = (each: VlanInterface): InterfaceConfiguration => ({
  ...withVlan(each),
  up: false,
  addresses: ETH0.addresses.filter(({ family }) => family === 4),
});

/** And of a VLAN on it. */
const stripped = (): VlanInterface => vlan({ up: false, addresses: [address("10.7.0.1")], routes: [], neighbours: [] });

const started = (each: VlanInterface): PathBench =>
  new PathBench(groupConfig(), [withVlan(each), ETH1]).start().wait(2_000);

test("HN-12: what a VLAN lost when the interface below was switched off comes from the record", () => {
  const mether0 = started(vlan()).plug(switchedOff(stripped()));
  assert.deepEqual(mether0.world.get("eth1")?.vlans, [vlan()]);
});

test("HN-12: what a VLAN lost with an interface that was gone, and that somebody made anew, comes from the record", () => {
  const mether0 = started(vlan()).judge("secondary", false).carrier("eth1", false).unplug("eth0");
  const bare = vlan({ addresses: [], routes: [], neighbours: [] });
  mether0.carrier("eth0", false).plug({ ...interfaceNamed("eth0"), vlans: [bare] });
  mether0.carrier("eth1", true).judge("secondary", true).wait(10_000);
  assert.deepEqual(mether0.world.get("eth1")?.vlans, [vlan()]);
});

test("a VLAN that does not follow the interface below has lost nothing", () => {
  const loose = vlan({ routes: [] }, LOOSE_BINDING);
  const mether0 = started(vlan({}, LOOSE_BINDING)).plug(switchedOff(loose));
  assert.deepEqual(mether0.world.get("eth1")?.vlans, [loose]);
});

test("a VLAN that somebody has switched off stays off, and is on record so", () => {
  const on = vlan({ addresses: [address("10.7.0.1")] });
  const off = vlan({ up: false, addresses: [address("10.7.0.1")], routes: [] });
  const mether0 = started(on).plug(withVlan(off)).wait(2_000).plug(switchedOff(off));
  assert.deepEqual(mether0.world.get("eth1")?.vlans, [off]);
});

test("HN-12: of routes over other interfaces, those come from the record whose source was lost", () => {
  const route = { family: 6, destination: "fd09::/64", table: 254, description: "" } as const;
  const [kept, lost] = ["10.0.0.1", "fd00::1"].map((source) => ({ ...route, source }));
  const sourced = [{ interface: "eth2", routes: [kept ?? assert.fail(), lost ?? assert.fail()] }];
  const snapshot = { ...ETH0, sourced };
  const off = { ...ETH0, up: false, addresses: ETH0.addresses.filter(({ family }) => family === 4) };
  const { sourced: found } = completed(off, { snapshot, isStripped: false });
  assert.deepEqual(found, [{ interface: "eth2", routes: [lost] }]);
});

test("HN-12: what was configured without another address comes from the record as well, once that was made anew", () => {
  const route = { family: 4, destination: "10.9.0.0/16", gateway: "10.0.0.254", table: 254, description: "" } as const;
  const neighbour = { family: 4, address: "10.0.0.240", mac: "02:00:00:00:ff:01", isProxy: false } as const;
  const mether0 = startedBench().wait(2_000);
  mether0.plug({ ...ETH0, routes: [route], neighbours: [neighbour] }).wait(60_000);
  mether0.plug({ ...ETH0, up: false, addresses: ETH0.addresses.filter(({ family }) => family === 4) });
  const moved = mether0.world.get("eth1");
  assert.deepEqual([moved?.routes, moved?.neighbours], [[route], [neighbour]]);
});
