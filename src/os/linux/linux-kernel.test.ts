import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { beforeEach, describe, test } from "node:test";
import { cabledHosts, ip, ipJson, namespacesMissing } from "../../../test/support/namespaces.js";
import type { PlacedAddress } from "../../model/kernel.js";
import { isLocalRoute, routeToRequest } from "../../wire/rtnetlink-route.js";
import { addressBytes } from "./addresses.js";
import { LinuxKernel } from "./linux-kernel.js";
import { NETLINK, NetlinkSocket } from "./netlink-socket.js";

/** Of the namespace that the test is in. */
const PROMOTE_SECONDARIES = "/proc/sys/net/ipv4/conf/near0/promote_secondaries";

const near = (address: string, prefixLength: number): PlacedAddress => ({
  interface: "near0",
  address,
  family: address.includes(":") ? 6 : 4,
  prefixLength,
});

interface ShownAddress {
  readonly local: string;
  readonly prefixlen: number;
  readonly secondary?: boolean;
  readonly deprecated?: boolean;
  readonly label?: string;
  readonly broadcast?: string;
  readonly preferred_life_time: number;
  readonly valid_life_time: number;
}

/** What iproute2 shows, without the addresses that the kernel gives every link. */
function shown(): readonly ShownAddress[] {
  const [link] = ipJson<{ addr_info: ShownAddress[] }>("address show dev near0");
  return (link?.addr_info ?? []).filter(({ local }) => !local.startsWith("fe80:"));
}

const shownNames = (): readonly string[] => shown().map(({ local, prefixlen }) => `${local}/${prefixlen}`);

describe("addresses in the real kernel", { skip: namespacesMissing() }, () => {
  let kernel: LinuxKernel;
  beforeEach(() => {
    cabledHosts();
    kernel = new LinuxKernel();
  });

  test("an IPv4 address is added for good, with the broadcast address of its subnet", () => {
    assert.equal(kernel.addAddress(near("10.0.0.5", 24)), undefined);
    const [added] = shown();
    assert.equal(added?.local, "10.0.0.5");
    assert.equal(added.prefixlen, 24);
    assert.equal(added.broadcast, "10.0.0.255");
    assert.equal(added.valid_life_time, 2 ** 32 - 1);
  });

  test("an address has its label, one that is too long has none, and either is removed whatever its label is", () => {
    assert.equal(kernel.addAddress({ ...near("10.0.0.5", 24), labelSuffix: ":shop" }), undefined);
    assert.equal(kernel.addAddress({ ...near("10.0.0.6", 24), labelSuffix: ":shop-of-web1" }), undefined);
    assert.deepEqual(
      shown().map(({ local, label }) => [local, label]),
      [
        ["10.0.0.5", "near0:shop"],
        ["10.0.0.6", "near0"],
      ],
    );
    for (const address of ["10.0.0.5", "10.0.0.6"]) {
      assert.equal(kernel.removeAddress({ ...near(address, 24), labelSuffix: ":other" }), undefined);
    }
    assert.deepEqual(shown(), []);
  });

  test("an IPv6 address is this host's when it counts as added", () => {
    ip("address add fd00::9/64 dev near0 nodad");
    const netlink = new NetlinkSocket(NETLINK.route);
    const taken = Array.from({ length: 100 }, (_, index) => {
      const address = `fd00::${(index + 16).toString(16)}`;
      assert.equal(kernel.addAddress(near(address, 64)), undefined);
      const route = netlink.query(routeToRequest(addressBytes(address)));
      return route.ok && isLocalRoute(route.value.payload);
    });
    assert.deepEqual(new Set(taken), new Set([true]));
    netlink.close();
  });

  test("an IPv6 address works at once and is never chosen as a source", () => {
    ip("address add fd00::9/64 dev near0 nodad");
    assert.equal(kernel.addAddress(near("fd00::5", 64)), undefined);
    const added = shown().find(({ local }) => local === "fd00::5");
    assert.equal(added?.deprecated, true);
    assert.equal(added.valid_life_time, 2 ** 32 - 1);
    const [route] = ipJson<{ prefsrc: string }>("route get fd00::77");
    assert.equal(route?.prefsrc, "fd00::9");
  });

  test("what is there already, not there, or on no interface is refused in the kernel's words", () => {
    for (const placed of [near("10.0.0.5", 24), near("fd00::5", 64)]) {
      assert.equal(kernel.addAddress(placed), undefined);
      assert.equal(kernel.addAddress(placed)?.code, "EEXIST");
      assert.equal(kernel.removeAddress(placed), undefined);
      assert.equal(kernel.removeAddress(placed)?.code, "EADDRNOTAVAIL");
    }
    const elsewhere: PlacedAddress = { ...near("10.0.0.5", 24), interface: "eth77" };
    assert.equal(kernel.addAddress(elsewhere)?.code, "ENODEV");
    assert.equal(kernel.removeAddress(elsewhere)?.code, "ENODEV");
    const tooLong: PlacedAddress = { ...elsewhere, interface: "near0-and-much-more" };
    assert.equal(kernel.addAddress(tooLong)?.code, "ENODEV");
  });

  test("the snapshot is what iproute2 shows", () => {
    ip("address add 10.0.0.1/24 dev near0 label near0:one");
    const altNames = ["enp1s0", "a-name-that-is-longer-than-fifteen"];
    for (const name of altNames) ip(`link property add dev near0 altname ${name}`);
    kernel.addAddress(near("10.0.0.5", 24));
    const snapshot = kernel.snapshot();
    assert.ok(snapshot.ok);
    const link = snapshot.value.links.find(({ name }) => name === "near0");
    assert.deepEqual(link, {
      index: link?.index,
      name: "near0",
      mac: "02:00:00:00:00:01",
      up: true,
      carrier: true,
      mtu: 1500,
      kind: "veth",
      speedMbps: 10_000,
      altNames,
    });
    const ipv4 = snapshot.value.addresses.filter(({ linkIndex, family }) => linkIndex === link?.index && family === 4);
    assert.deepEqual(ipv4, [
      { linkIndex: link?.index, family: 4, address: "10.0.0.1", prefixLength: 24, label: "near0:one", flags: 0x80 },
      { linkIndex: link?.index, family: 4, address: "10.0.0.5", prefixLength: 24, flags: 0x81 },
    ]);
  });

  for (const promotes of ["0", "1"]) {
    test(`others' addresses outlive ours, which they followed (promote_secondaries ${promotes})`, () => {
      writeFileSync(PROMOTE_SECONDARIES, promotes);
      kernel.addAddress(near("10.0.0.5", 24));
      kernel.addAddress(near("10.0.0.6", 24));
      ip("address add 10.0.0.7/24 dev near0 label near0:theirs");
      ip("address add 10.0.0.8/24 dev near0");
      ip("route add 10.9.0.0/16 via 10.0.0.9 src 10.0.0.7");
      const answers = kernel.removeAddresses([near("10.0.0.5", 24), near("10.0.0.6", 24), near("10.0.0.66", 24)]);
      assert.deepEqual(
        answers.map((answer) => answer?.code),
        [undefined, undefined, "EADDRNOTAVAIL"],
      );
      assert.deepEqual(shownNames(), ["10.0.0.7/24", "10.0.0.8/24"]);
      assert.equal(shown()[0]?.label, "near0:theirs");
      assert.match(ip("route show 10.9.0.0/16"), /via 10.0.0.9 .*src 10.0.0.7/);
      assert.equal(readFileSync(PROMOTE_SECONDARIES, "utf8").trim(), promotes);
    });
  }
});
