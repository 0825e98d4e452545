/** Interfaces that an earlier run made for a MAC, and that somebody emptied while no agent ran. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, seconds } from "../../src/base/time.js";
import { onOwnInterface } from "../../src/core/identity/own-interface.js";
import { Node } from "../../src/core/node.js";
import type { KernelLink } from "../../src/model/kernel.js";
import { nodeName } from "../../src/model/names.js";
import type { NodeEffect } from "../../src/model/node-io.js";
import { NOTHING_SAVED } from "../../src/model/node-state.js";
import { clusterOf } from "./cluster.js";
import { SHOP, shop } from "./running.js";

const made = { on: "eth0", mac: "02:5e:00:00:00:01" };
const placed = { interface: "locum-00000001", address: SHOP, family: 4, prefixLength: 24, made } as const;
const wire = { up: true, carrier: true, mtu: 1_500 };
const eth0: KernelLink = { ...wire, index: 1, name: "eth0", mac: "02:00:00:00:00:01" };
const own: KernelLink = { ...wire, index: 2, name: placed.interface, mac: made.mac, kind: "macvlan", parent: 1 };

const OWN_ADDRESS = { linkIndex: 1, family: 4, address: "192.168.1.10", prefixLength: 24, flags: 0 } as const;

function removedAtStart(links: readonly KernelLink[], addresses: readonly string[]): readonly string[] {
  const cluster = clusterOf(["web1", "web2"], { shop: { identity: { kind: "mac", mac: made.mac } } });
  const options = { cluster, self: nodeName("web1"), incarnation: 2, program: "1", saved: NOTHING_SAVED };
  const node = new Node(instant(0), { ...options, ledger: [{ ...placed, service: shop, epoch: 1 }] });
  const there = addresses.map((address) => ({ linkIndex: 2, family: 4, address, prefixLength: 24, flags: 0 }) as const);
  return node
    .handle(instant(0), { kind: "started", kernel: { links, addresses: there } })
    .flatMap((effect) => (effect.kind === "remove-address" ? [effect.placed.interface] : []));
}

test("an interface that was made for a service's MAC, and emptied since, goes at the next agent's start", () => {
  assert.deepEqual(removedAtStart([eth0, own], []), [placed.interface]);
});

test("one that has an address is the service's to adopt or to drop, and one that is gone is nobody's matter", () => {
  assert.deepEqual(removedAtStart([eth0, own], [SHOP]), []);
  assert.deepEqual(removedAtStart([eth0], []), []);
  assert.deepEqual(removedAtStart([eth0, { ...eth0, index: 2, name: placed.interface }], []), []);
});

test("one that could not be deleted at once is left to the service that has put its address there meanwhile", () => {
  const cluster = clusterOf(["web1"], { shop: { identity: { kind: "mac", mac: made.mac } } });
  const [config] = cluster.services;
  assert.ok(config !== undefined);
  const place = onOwnInterface(config, { ...placed, interface: "eth0" });
  const options = { cluster, self: nodeName("web1"), incarnation: 2, program: "1", saved: NOTHING_SAVED };
  const node = new Node(instant(0), { ...options, ledger: [{ ...place, service: shop, epoch: 1 }] });
  const orders: string[] = [];
  const perform = (now: Instant, effects: readonly NodeEffect[]): void => {
    for (const effect of effects) {
      if (effect.kind !== "add-address" && effect.kind !== "remove-address") continue;
      const isFirst = orders.length === 0;
      orders.push(effect.kind);
      const { step } = effect;
      const problem = { code: "EBUSY", message: "busy" };
      perform(now, node.handle(now, isFirst ? { kind: "step-failed", step, problem } : { kind: "step-done", step }));
    }
  };
  const links = [eth0, { ...own, name: place.interface }];
  perform(instant(0), node.handle(instant(0), { kind: "started", kernel: { links, addresses: [OWN_ADDRESS] } }));
  const end = seconds(5);
  for (let due = node.deadline(); due !== undefined && due.at <= end; due = node.deadline()) {
    perform(due.at, node.handle(due.at, { kind: "ticked" }));
  }
  assert.deepEqual(orders, ["remove-address", "add-address"]);
});
