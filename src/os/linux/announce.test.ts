import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { beforeEach, describe, test } from "node:test";
import { cabledHosts, type Cable, ip, ipJson, namespacesMissing } from "../../../test/support/namespaces.js";
import { waitUntil } from "../../../test/support/wait-until.js";
import type { PlacedAddress } from "../../model/kernel.js";
import { AnnouncementListener } from "./announcement-listener.js";
import { bootClock } from "./libc.js";
import { LinuxKernel } from "./linux-kernel.js";

const V4: PlacedAddress = { interface: "near0", address: "10.0.0.5", family: 4, prefixLength: 24 };
const V6: PlacedAddress = { interface: "near0", address: "fd00::5", family: 6, prefixLength: 64 };

/** What the host that the thread is in believes about its neighbours. */
const neighbours = (): Record<string, string | undefined> =>
  Object.fromEntries(
    ipJson<{ dst: string; lladdr?: string }>("neighbour show dev far0").map(({ dst, lladdr }) => [dst, lladdr]),
  );

describe("announcements", { skip: namespacesMissing() }, () => {
  let cable: Cable;
  let kernel: LinuxKernel;

  beforeEach(() => {
    cable = cabledHosts();
    kernel = new LinuxKernel();
  });

  for (const placed of [V4, V6]) {
    test(`a neighbour with an old belief about ${placed.address} learns the new MAC at once`, () => {
      const listener = farListener(placed.address);
      ip(`address add ${placed.family === 4 ? "10.0.0.2/24" : "fd00::2/64"} dev far0`);
      ip(`neighbour replace ${placed.address} lladdr 02:00:00:00:00:99 dev far0 nud stale`);
      cable.near.enter();
      assert.equal(kernel.announce(placed), undefined);
      const heard = waitUntil(listener.fds(), (fd) => listener.drain(fd, bootClock())[0]);
      assert.deepEqual(heard, { interface: "far0", address: placed.address, mac: "02:00:00:00:00:01" });
      cable.far.enter();
      assert.equal(neighbours()[placed.address], "02:00:00:00:00:01");
    });
  }

  test("a probe asks without claiming: nobody's belief changes", () => {
    const listener = farListener(V4.address);
    ip("address add 10.0.0.2/24 dev far0");
    ip("neighbour replace 10.0.0.5 lladdr 02:00:00:00:00:99 dev far0 nud stale");
    cable.near.enter();
    assert.equal(kernel.probe(V4), undefined);
    assert.equal(kernel.announce({ ...V4, address: "10.0.0.6" }), undefined);
    cable.far.enter();
    assert.equal(neighbours()["10.0.0.5"], "02:00:00:00:00:99");
    for (const fd of listener.fds()) assert.deepEqual(listener.drain(fd, bootClock()), []);
  });

  test("an interface that is down or gone is a refusal, one without MACs needs no announcement", () => {
    ip("link set near0 down");
    assert.equal(kernel.announce(V4)?.code, "ENETDOWN");
    assert.equal(kernel.announce({ ...V4, interface: "eth77" })?.code, "ENODEV");
    assert.equal(kernel.announce({ ...V4, interface: "lo" }), undefined);
  });

  for (const forwarding of ["0", "1"]) {
    test(`an advertisement says whether this is a router (forwarding ${forwarding})`, () => {
      const listener = farListener(V6.address);
      ip("neighbour replace fd00::5 lladdr 02:00:00:00:00:99 dev far0 nud stale");
      cable.near.enter();
      writeFileSync("/proc/sys/net/ipv6/conf/near0/forwarding", forwarding);
      assert.equal(kernel.announce(V6), undefined);
      waitUntil(listener.fds(), (fd) => listener.drain(fd, bootClock())[0]);
      cable.far.enter();
      assert.equal(ip("neighbour show fd00::5 dev far0").includes("router"), forwarding === "1");
    });
  }

  function farListener(address: string): AnnouncementListener {
    cable.far.enter();
    const listener = new AnnouncementListener();
    listener.listenFor([address]);
    return listener;
  }
});
