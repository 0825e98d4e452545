import assert from "node:assert/strict";
import { test } from "node:test";
import { known } from "../base/assert.js";
import { parseIpAddress } from "../base/ip-address.js";
import type { KernelAddress } from "../model/kernel.js";
import { ANY_DEVICE, deviceOf } from "./network-devices.js";

const on = (linkIndex: number, address: string, prefixLength: number): KernelAddress => ({
  linkIndex,
  family: address.includes(":") ? 6 : 4,
  address,
  prefixLength,
  flags: 0,
});
const [LO, ETH0, ETH1] = [1, 2, 3];
const ADDRESSES: readonly KernelAddress[] = [
  on(LO, "10.9.9.1", 24),
  on(LO, "127.0.0.1", 8),
  on(ETH0, "10.1.1.1", 24),
  on(ETH1, "fd00::1", 64),
  on(ETH1, "10.7.7.1", 32),
];

for (const [what, own, peers, expected] of [
  ["peers in the subnet of the address", "10.1.1.1", ["10.1.1.2", "10.1.1.3"], ETH0],
  ["the same of IPv6", "fd00::1", ["fd00::2"], ETH1],
  ["a peer behind a router", "10.1.1.1", ["10.1.1.2", "10.1.2.3"], ANY_DEVICE],
  ["an address of its own, reached by routes", "10.7.7.1", ["10.7.7.2"], ANY_DEVICE],
  ["an address on the loopback interface", "10.9.9.1", ["10.9.9.2"], ANY_DEVICE],
  ["a network within this machine", "127.0.0.1", ["127.0.0.2"], ANY_DEVICE],
  ["an address that is not here", "10.1.1.9", ["10.1.1.2"], ANY_DEVICE],
] as const) {
  test(`the interface of heartbeats: ${what}`, () => {
    const parsed = peers.map((peer) => known(parseIpAddress(peer), "it is an address"));
    assert.equal(deviceOf(own, parsed, ADDRESSES), expected);
  });
}
