import assert from "node:assert/strict";
import { test } from "node:test";
import { known } from "../base/assert.js";
import { parseIpAddress } from "../base/ip-address.js";
import type { KernelAddress, KernelSnapshot } from "../model/kernel.js";
import { deviceOf } from "./network-devices.js";

const link = (index: number, name: string): KernelSnapshot["links"][number] => ({
  index,
  name,
  mac: "",
  up: true,
  carrier: true,
  mtu: 1500,
});
const on = (linkIndex: number, address: string, prefixLength: number): KernelAddress => ({
  linkIndex,
  family: address.includes(":") ? 6 : 4,
  address,
  prefixLength,
  flags: 0,
});
const KERNEL: KernelSnapshot = {
  links: [link(1, "lo"), link(2, "eth0"), link(3, "eth1")],
  addresses: [
    on(1, "10.9.9.1", 32),
    on(1, "127.0.0.1", 8),
    on(2, "10.1.1.1", 24),
    on(3, "fd00::1", 64),
    on(3, "10.7.7.1", 32),
  ],
};

for (const [what, own, peers, expected] of [
  ["peers in the subnet of the address", "10.1.1.1", ["10.1.1.2", "10.1.1.3"], "eth0"],
  ["the same of IPv6", "fd00::1", ["fd00::2"], "eth1"],
  ["a peer behind a router", "10.1.1.1", ["10.1.1.2", "10.1.2.3"], undefined],
  ["an address of its own, reached by routes", "10.7.7.1", ["10.7.7.2"], undefined],
  ["an address on the loopback interface", "10.9.9.1", ["10.9.9.2"], undefined],
  ["a network within this machine", "127.0.0.1", ["127.0.0.2"], undefined],
  ["an address that is not here", "10.1.1.9", ["10.1.1.2"], undefined],
] as const) {
  test(`the interface of heartbeats: ${what}`, () => {
    const parsed = peers.map((peer) => known(parseIpAddress(peer), "it is an address"));
    assert.equal(deviceOf(own, parsed, KERNEL)?.name, expected);
  });
}
