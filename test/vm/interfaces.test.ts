import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { KernelLink, PlacedAddress } from "../../src/model/kernel.js";
import type { KernelEvent } from "../../src/os/linux/kernel-event.js";
import { KernelWatch } from "../../src/os/linux/kernel-watch.js";
import { bootClock } from "../../src/os/linux/libc.js";
import { LinuxKernel } from "../../src/os/linux/linux-kernel.js";
import { ip, ipJson, Namespace } from "../support/namespaces.js";
import { waitUntil } from "../support/wait-until.js";

/** Two cables to another host, bundled, and VLAN 5 on the bundle and on a cable of its own. */
const INTERFACES: readonly string[] = [
  "link add bond0 type bond mode active-backup miimon 50",
  "link set cable0 master bond0",
  "link set cable1 master bond0",
  "link add link bond0 name bond0.5 type vlan id 5",
  "link add link eth0 name eth0.5 type vlan id 5",
  "link add dummy0 type dummy",
  "link add team0 type team",
];
const CABLES: readonly string[] = ["cable0", "cable1", "eth0"];
const PLACES: readonly string[] = ["bond0", "bond0.5", "eth0.5", "dummy0", "team0"];

describe("interfaces made of others", () => {
  let far: Namespace;
  let near: Namespace;
  let kernel: LinuxKernel;

  beforeEach(() => {
    far = new Namespace();
    near = new Namespace();
    for (const name of CABLES) {
      ip(`link add ${name} type veth peer name far-${name} netns ${far.path}`);
      plug(name, true);
    }
    for (const command of INTERFACES) ip(command);
    for (const name of ["eth0", ...PLACES]) ip(`link set ${name} up`);
    kernel = new LinuxKernel();
  });
  afterEach(() => {
    kernel.close();
    near.close();
    far.close();
  });

  /** Puts a cable in or pulls it: the near end loses its carrier when the far end is down. */
  function plug(name: string, isIn: boolean): void {
    far.enter();
    ip(`link set far-${name} ${isIn ? "up" : "down"}`);
    near.enter();
  }

  function links(): ReadonlyMap<string, KernelLink> {
    const snapshot = kernel.snapshot();
    assert.ok(snapshot.ok);
    return new Map(snapshot.value.links.map((link) => [link.name, link]));
  }

  test("are links like others", () => {
    for (const name of PLACES) assert.equal(links().get(name)?.up, true, name);
    assert.deepEqual(
      PLACES.filter((name) => links().get(name)?.carrier),
      ["bond0", "bond0.5", "eth0.5", "dummy0"],
      "a team without members has no carrier",
    );
    assert.equal(links().get("bond0.5")?.mac, links().get("bond0")?.mac);
    assert.equal(links().get("cable1")?.mac, links().get("bond0")?.mac, "members take the bond's MAC");
  });

  for (const name of PLACES) {
    test(`take addresses and give them back: ${name}`, () => {
      const placed: readonly PlacedAddress[] = [
        { interface: name, address: "10.0.0.5", family: 4, prefixLength: 24 },
        { interface: name, address: "fd00::5", family: 6, prefixLength: 64 },
      ];
      ip(`address add 10.0.0.9/24 dev ${name}`);
      for (const each of placed) assert.equal(kernel.addAddress(each), undefined);
      for (const each of placed) assert.equal(kernel.addAddress(each)?.code, "EEXIST");
      assert.deepEqual(addressesOn(name), ["10.0.0.9/24", "10.0.0.5/24", "fd00::5/64"]);
      assert.deepEqual(kernel.removeAddresses(placed), [undefined, undefined]);
      for (const each of placed) assert.equal(kernel.removeAddress(each)?.code, "EADDRNOTAVAIL");
      assert.deepEqual(addressesOn(name), ["10.0.0.9/24"]);
    });
  }

  test("a bond outlives one of its cables; with the last, it and its VLAN lose their carrier, and all is told", () => {
    const watch = new KernelWatch({ routes: false });
    const untilCarrier = (name: string, carrier: boolean): readonly KernelEvent[] =>
      eventsUntil(watch, (event) => isOf(event, name) && event.link.carrier === carrier);
    const active = activeMember();
    plug(active, false);
    untilCarrier(active, false);
    const taker = untilTakenFrom(active, watch);
    assert.equal(links().get("bond0")?.carrier, true);
    assert.equal(links().get("bond0.5")?.carrier, true);
    plug(taker, false);
    untilCarrier("bond0.5", false);
    assert.equal(links().get("bond0")?.carrier, false);
    plug(active, true);
    untilCarrier("bond0.5", true);
    assert.equal(links().get("bond0")?.carrier, true);
    watch.close();
  });
});

type LinkChanged = Extract<KernelEvent, { readonly kind: "link-changed" }>;

const isOf = (event: KernelEvent, name: string): event is LinkChanged =>
  event.kind === "link-changed" && event.link.name === name;

/** Everything reported until one report is what the test waits for. */
function eventsUntil(watch: KernelWatch, isLast: (event: KernelEvent) => boolean): readonly KernelEvent[] {
  const events: KernelEvent[] = [];
  return waitUntil(watch.fds(), (fd) => {
    events.push(...watch.drain(fd, bootClock()));
    return events.some(isLast) ? events : undefined;
  });
}

/** Waits until another member is the bond's active one. The report of it may have been taken with those before. */
function untilTakenFrom(active: string, watch: KernelWatch): string {
  const taker = (): string | undefined => [activeMember()].find((name) => name !== active && name !== "");
  const fromReports = (fd: number): string | undefined => {
    watch.drain(fd, bootClock());
    return taker();
  };
  return taker() ?? waitUntil(watch.fds(), fromReports);
}

/** What iproute2 shows, without the addresses that the kernel gives every link. */
function addressesOn(name: string): readonly string[] {
  const [link] = ipJson<{ addr_info: { local: string; prefixlen: number }[] }>(`address show dev ${name}`);
  const all = (link?.addr_info ?? []).map(({ local, prefixlen }) => `${local}/${prefixlen}`);
  return all.filter((address) => !address.startsWith("fe80:"));
}

function activeMember(): string {
  const [bond] = ipJson<{ linkinfo: { info_data: { active_slave?: string } } }>("-details link show dev bond0");
  return bond?.linkinfo.info_data.active_slave ?? "";
}
