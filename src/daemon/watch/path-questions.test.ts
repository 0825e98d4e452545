import assert from "node:assert/strict";
import { test } from "node:test";
import { formatIpAddress } from "../../base/ip-address.js";
import { milliseconds } from "../../base/time.js";
import { KernelTable } from "../../core/addresses/kernel-table.js";
import type { KernelAddress, KernelLink } from "../../model/kernel.js";
import { pathGroupName, type PathWatch } from "../../model/path.js";
import { pathQuestions } from "./path-questions.js";

const link = (index: number, mac = `02:00:00:00:00:0${index}`): KernelLink => ({
  index,
  name: `eth${index}`,
  mac,
  up: true,
  carrier: true,
  mtu: 1_500,
});

const on = (linkIndex: number, address: string, prefixLength: number, flags = 0): KernelAddress => ({
  linkIndex,
  family: address.includes(":") ? 6 : 4,
  address,
  prefixLength,
  flags,
});

const TENTATIVE = 0x40;
const ADDRESSES: readonly KernelAddress[] = [
  on(0, "10.1.0.1", 24),
  on(0, "fd01::1", 64),
  on(0, "fe80::1", 64),
  on(1, "fe80::2", 64),
];

const watch = (index: number, idle: boolean, ...targets: readonly string[]): PathWatch => ({
  group: pathGroupName("mether0"),
  role: index === 0 ? "primary" : "secondary",
  interface: `eth${index}`,
  targets,
  need: "any",
  interval: milliseconds(20),
  timeout: milliseconds(60),
  idle,
});

/** Each question as a word: how, whom, in whose name. */
function asked(path: PathWatch, addresses: readonly KernelAddress[], links = [link(0), link(1)]): readonly string[] {
  const table = new KernelTable();
  table.replace({ links, addresses });
  const twin = watch(path.role === "primary" ? 1 : 0, !path.idle);
  return pathQuestions(path, twin, table).questions.map(({ target, ping, source }) => {
    const name = source === undefined ? "" : ` as ${formatIpAddress(source)}`;
    return `${ping ? "ping " : ""}${target}${name}`;
  });
}

test("the active path pings all, and asks on-link targets in its own name if need be", () => {
  assert.deepEqual(asked(watch(0, false, "10.1.0.254", "10.9.9.9", "fd01::fe", "fd09::9", "fe80::9"), ADDRESSES), [
    "ping 10.1.0.254 as 10.1.0.1",
    "ping 10.9.9.9",
    "ping fd01::fe as fe80::1",
    "ping fd09::9",
    "ping fe80::9 as fe80::1",
  ]);
});

test("an idle path asks on-link targets without claiming an address, and no others", () => {
  assert.deepEqual(asked(watch(1, true, "10.1.0.254", "10.9.9.9", "fd01::fe", "fd09::9", "fe80::9"), ADDRESSES), [
    "10.1.0.254 as 0.0.0.0",
    "fd01::fe as fe80::2",
    "fe80::9 as fe80::2",
  ]);
});

test("an address that nobody else is near makes no target on-link", () => {
  assert.deepEqual(asked(watch(1, true, "10.1.0.1"), [on(0, "10.1.0.1", 32)]), []);
});

test("without a link-local address that may be used, an idle path does not ask by IPv6", () => {
  assert.deepEqual(asked(watch(1, true, "fd01::fe"), [on(0, "fd01::1", 64)]), []);
  assert.deepEqual(asked(watch(1, true, "fd01::fe"), [on(0, "fd01::1", 64), on(1, "fe80::2", 64, TENTATIVE)]), []);
});

test("an idle path that has the active one's MAC says nothing on the wire", () => {
  assert.deepEqual(asked(watch(1, true, "10.1.0.254"), ADDRESSES, [link(0), link(1, link(0).mac)]), []);
  assert.deepEqual(asked(watch(0, false, "10.1.0.254"), ADDRESSES, [link(0), link(1, link(0).mac)]).length, 1);
});

test("the targets of an interface that is gone are silent, not forgotten", () => {
  assert.deepEqual(asked(watch(1, true, "10.1.0.254"), ADDRESSES, [link(0)]), ["10.1.0.254 as 0.0.0.0"]);
  assert.deepEqual(asked(watch(0, false, "10.1.0.254"), [], []), ["ping 10.1.0.254"]);
});
