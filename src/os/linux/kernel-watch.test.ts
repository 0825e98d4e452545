import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { beforeEach, describe, test } from "node:test";
import { cabledHosts, type Cable, ip, namespacesMissing } from "../../../test/support/namespaces.js";
import { waitUntil } from "../../../test/support/wait-until.js";
import type { KernelLink } from "../../model/kernel.js";
import { instant } from "../../base/time.js";
import type { KernelEvent } from "./kernel-event.js";
import { KernelWatch } from "./kernel-watch.js";
import { bootClock } from "./libc.js";
import { LinuxKernel } from "./linux-kernel.js";

describe("the watch", { skip: namespacesMissing() }, () => {
  let cable: Cable;
  let watch: KernelWatch;

  beforeEach(() => {
    cable = cabledHosts();
    watch = new KernelWatch({ routes: true });
  });

  /** Everything reported until one report is what the test waits for. */
  function eventsUntil(isLast: (event: KernelEvent) => boolean): readonly KernelEvent[] {
    const events: KernelEvent[] = [];
    return waitUntil(watch.fds(), (fd) => {
      events.push(...watch.drain(fd, bootClock()));
      return events.some(isLast) ? events : undefined;
    });
  }

  test("a cut cable is a link without carrier, on both ends", () => {
    cable.far.enter();
    ip("link set far0 down");
    const events = eventsUntil((event) => event.kind === "link-changed" && !event.link.carrier);
    const last = events.at(-1);
    assert.ok(last?.kind === "link-changed");
    assert.deepEqual(
      { ...last.link, index: 0 },
      { index: 0, name: "near0", mac: "02:00:00:00:00:01", up: true, carrier: false, mtu: 1500, kind: "veth" },
    );
    ip("link set far0 up");
    const VETH_SPEED = 10_000;
    const speeds = eventsUntil((event) => event.kind === "link-changed" && event.link.carrier).flatMap((event) =>
      event.kind === "link-changed" && event.link.carrier ? [event.link.speedMbps] : [],
    );
    assert.equal(speeds[0], VETH_SPEED, "it is asked for again when the carrier comes up");
  });

  test("addresses that come and go are told with their label and flags", () => {
    ip("address add 10.0.0.1/24 dev near0 label near0:one");
    ip("address add 10.0.0.2/24 dev near0");
    ip("address add fd00::2/64 dev near0 nodad");
    ip("address del 10.0.0.2/24 dev near0");
    // IPv6 addresses are told by a worker of the kernel, when it comes to it.
    const awaited = new Set(["address-removed 10.0.0.2", "address-added fd00::2"]);
    const events = eventsUntil((event) => {
      if ("address" in event && typeof event.address !== "string") {
        awaited.delete(`${event.kind} ${event.address.address}`);
      }
      return awaited.size === 0;
    });
    const told = events.flatMap((event) =>
      (event.kind === "address-added" || event.kind === "address-removed") && !event.address.address.startsWith("fe80:")
        ? [[event.kind, event.address.address, event.address.prefixLength, event.address.label, event.address.flags]]
        : [],
    );
    assert.deepEqual(
      told.filter(([, address]) => address !== "fd00::2"),
      [
        ["address-added", "10.0.0.1", 24, "near0:one", 0x80],
        ["address-added", "10.0.0.2", 24, undefined, 0x81],
        ["address-removed", "10.0.0.2", 24, undefined, 0x81],
      ],
    );
    assert.deepEqual(
      told.find(([, address]) => address === "fd00::2"),
      ["address-added", "fd00::2", 64, undefined, 0x82],
    );
  });

  test("an address of ours that goes because its primary was removed by others is told", () => {
    writeFileSync("/proc/sys/net/ipv4/conf/near0/promote_secondaries", "0");
    ip("address add 10.0.0.1/24 dev near0");
    new LinuxKernel().addAddress({ interface: "near0", address: "10.0.0.5", family: 4, prefixLength: 24 });
    ip("address del 10.0.0.1/24 dev near0");
    eventsUntil((event) => event.kind === "address-removed" && event.address.address === "10.0.0.5");
  });

  test("what a link belongs to, what it lies on and how fast it is are told", () => {
    ip("link add br0 type bridge");
    ip("link set near0 master br0");
    ip("link add mv0 link br0 type macvlan");
    const found = eventsUntil((event) => event.kind === "link-changed" && event.link.name === "mv0").flatMap((event) =>
      event.kind === "link-changed" ? [event.link] : [],
    );
    const bridge = found.find(({ name }) => name === "br0");
    const port = found.findLast(({ name }) => name === "near0");
    assert.equal(port?.master, bridge?.index);
    const VETH_SPEED = 10_000;
    assert.deepEqual([port?.kind, port?.speedMbps], ["veth", VETH_SPEED]);
    const upper = found.find(({ name }) => name === "mv0");
    assert.deepEqual([upper?.kind, upper?.parent], ["macvlan", bridge?.index]);
  });

  test("a link that leaves its bridge is not gone; one that is deleted is", () => {
    ip("link add br0 type bridge");
    ip("link set near0 master br0");
    ip("link set near0 nomaster");
    ip("link set near0 mtu 1400");
    const events = eventsUntil((event) => event.kind === "link-changed" && event.link.mtu === 1400);
    assert.equal(
      events.some(({ kind }) => kind === "link-removed"),
      false,
    );
    ip("link del br0");
    eventsUntil(({ kind }) => kind === "link-removed");
  });

  test("a link says which bridge it is a member of, and when no longer", () => {
    ip("link add br0 type bridge");
    const made = eventsUntil((event) => event.kind === "link-changed" && event.link.name === "br0").at(-1);
    assert.ok(made?.kind === "link-changed");
    const near = (event: KernelEvent): KernelLink | undefined =>
      event.kind === "link-changed" && event.link.name === "near0" ? event.link : undefined;
    ip("link set near0 master br0");
    eventsUntil((event) => near(event)?.master === made.link.index);
    ip("link set near0 nomaster");
    eventsUntil((event) => near(event) !== undefined && near(event)?.master === undefined);
  });

  test("routes are told when wanted", () => {
    ip("address add 10.0.0.1/24 dev near0");
    ip("route add 10.9.0.0/16 via 10.0.0.9");
    ip("route del 10.9.0.0/16");
    const events = eventsUntil(({ kind }) => kind === "route-removed");
    const routes = events.flatMap((event) => (event.kind === "route-added" ? [event.route] : []));
    const added = routes.find(({ destination }) => destination === "10.9.0.0");
    assert.equal(added?.gateway, "10.0.0.9");
    assert.equal(added.prefixLength, 16);
    assert.equal(added.table, 254);
  });

  test("more changes than there is room for are events lost, and the next ones come again", () => {
    const kernel = new LinuxKernel();
    const placed = { interface: "near0", address: "10.0.0.5", family: 4, prefixLength: 24 } as const;
    for (let round = 0; round < 10_000; round += 1) {
      kernel.addAddress(placed);
      kernel.removeAddress(placed);
    }
    eventsUntil(({ kind }) => kind === "events-lost");
    ip("link set near0 mtu 1400");
    eventsUntil((event) => event.kind === "link-changed" && event.link.mtu === 1400);
  });

  test("a rival's announcement is heard by its address and MAC; our own and others' are not", () => {
    watch.listenFor(["10.0.0.5", "fd00::5"]);
    const own = new LinuxKernel();
    cable.far.enter();
    const rival = new LinuxKernel();
    cable.near.enter();
    own.announce({ interface: "near0", address: "10.0.0.5", family: 4, prefixLength: 24 });
    for (const address of ["10.0.0.6", "10.0.0.5"]) {
      rival.announce({ interface: "far0", address, family: 4, prefixLength: 24 });
    }
    for (const address of ["fd00::6", "fd00::5"]) {
      rival.announce({ interface: "far0", address, family: 6, prefixLength: 64 });
    }
    const events = eventsUntil((event) => event.kind === "announcement-heard" && event.address === "fd00::5");
    assert.deepEqual(
      events.filter(({ kind }) => kind === "announcement-heard"),
      ["10.0.0.5", "fd00::5"].map((address) => ({
        kind: "announcement-heard",
        interface: "near0",
        address,
        mac: "02:00:00:00:00:02",
      })),
    );
  });

  test("a rival that shouts without end is reported now and then", () => {
    watch.listenFor(["10.0.0.5"]);
    cable.far.enter();
    const rival = new LinuxKernel();
    const [, arp] = watch.fds();
    for (let round = 0; round < 100; round += 1) {
      rival.announce({ interface: "far0", address: "10.0.0.5", family: 4, prefixLength: 24 });
    }
    const reports = waitUntil([arp ?? -1], (fd) => watch.drain(fd, instant(1_000_000)));
    assert.equal(reports.length, 1);
    rival.announce({ interface: "far0", address: "10.0.0.5", family: 4, prefixLength: 24 });
    assert.equal(waitUntil([arp ?? -1], (fd) => watch.drain(fd, instant(2_000_000))).length, 1);
  });

  test("more addresses than a filter can tell apart are still heard", () => {
    const many = Array.from({ length: 3000 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
    watch.listenFor([...many, "10.0.0.5"]);
    cable.far.enter();
    const rival = new LinuxKernel();
    rival.announce({ interface: "far0", address: "10.0.0.5", family: 4, prefixLength: 24 });
    eventsUntil(({ kind }) => kind === "announcement-heard");
  });
});
