import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf } from "../../test/scenarios/cluster.js";
import { type Instant, instant, seconds } from "../base/time.js";
import type { KernelAddress, KernelLink } from "../model/kernel.js";
import { nodeName, serviceName } from "../model/names.js";
import type { NodeEffect, NodeInput, StepProblem } from "../model/node-io.js";
import { NOTHING_SAVED } from "../model/node-state.js";
import type { Note } from "../model/note.js";
import { noteText } from "../model/note-text.js";
import { Node } from "./node.js";

const ETH0: KernelLink = { index: 2, name: "eth0", mac: "02:00:00:00:00:01", up: true, carrier: true, mtu: 1_500 };
const OFF: KernelLink = { ...ETH0, up: false, carrier: false };
const on = (linkIndex: number, address: string): KernelAddress =>
  address.includes(":")
    ? { linkIndex, family: 6, address, prefixLength: 64, flags: 0 }
    : { linkIndex, family: 4, address, prefixLength: 24, flags: 0 };
const OWN = [on(2, "192.168.1.10"), on(2, "fd00::10")];
const [SHOP, SHOP6] = ["192.168.1.1", "fd00::1"];

const taken = (address: string): string =>
  `Another program removed ${address} from eth0 of web1; it is put back in 10 ms`;
const gone = (address: string): string => `${address} went with eth0 of web1, which is gone`;

/** A node that holds both addresses of its one service, and whose kernel does whatever it is told to. */
class Holder {
  readonly notes: Note[] = [];
  refusal: StepProblem | undefined;
  readonly #node: Node;
  #now: Instant = instant(0);

  constructor(nodes: readonly string[] = ["web1"]) {
    const addresses = [
      { address: SHOP, family: 4, prefixLength: 24 },
      { address: SHOP6, family: 6, prefixLength: 64 },
    ] as const;
    const cluster = clusterOf(nodes, { shop: { addresses } });
    const options = { cluster, self: nodeName("web1"), incarnation: 1, program: "1", saved: NOTHING_SAVED, ledger: [] };
    this.#node = new Node(this.#now, options);
    this.hear({ kind: "started", kernel: { links: [ETH0], addresses: OWN } }).wait();
    for (const address of [SHOP, SHOP6]) this.hear({ kind: "address-added", address: on(2, address) });
    this.notes.splice(0);
  }

  hear(...inputs: readonly NodeInput[]): this {
    for (const input of inputs) this.#perform(this.#node.handle(this.#now, input));
    return this;
  }

  wait(): this {
    const end = this.#now + seconds(4);
    for (let due = this.#node.deadline(); due !== undefined && due.at <= end; due = this.#node.deadline()) {
      this.#now = instant(Math.max(due.at, this.#now));
      this.hear({ kind: "ticked" });
    }
    this.#now = instant(end);
    return this;
  }

  /** What was said of lost addresses. */
  said(): readonly string[] {
    return this.notes
      .filter(({ code }) => code === "address.taken-away" || code === "address.lost-with-interface")
      .map((note) => noteText(note, nodeName("web1")));
  }

  #perform(effects: readonly NodeEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "note") this.notes.push(effect.note);
      else if (effect.kind === "add-address" || effect.kind === "remove-address") {
        const { refusal: problem } = this;
        const { step } = effect;
        this.hear(problem === undefined ? { kind: "step-done", step } : { kind: "step-failed", step, problem });
      }
    }
  }
}

const removed = (...addresses: readonly string[]): readonly NodeInput[] =>
  addresses.map((address) => ({ kind: "address-removed", address: on(2, address) }));

test("an address that vanishes while its interface is there was taken by another program", () => {
  assert.deepEqual(
    new Holder()
      .hear(...removed(SHOP, SHOP6))
      .wait()
      .said(),
    [taken(SHOP), taken(SHOP6)],
  );
});

test("addresses that vanish with their interface, as the kernel tells it, were taken by nobody", () => {
  const holder = new Holder().hear({ kind: "link-changed", link: OFF }, ...removed(SHOP6, SHOP));
  holder.hear({ kind: "link-removed", index: 2 }).wait();
  assert.deepEqual(holder.said(), [gone(SHOP), gone(SHOP6)]);
});

test("the answer to putting them back tells it too, where the report of the deletion is late", () => {
  const holder = new Holder().hear({ kind: "link-changed", link: OFF }, ...removed(SHOP6, SHOP));
  holder.refusal = { code: "ENODEV", message: "there is no interface eth0" };
  holder.wait().hear({ kind: "link-removed", index: 2 }).wait();
  assert.deepEqual(holder.said(), [gone(SHOP), gone(SHOP6)]);
});

test("IPv6 addresses go when the interface is switched off, and are taken by nobody; IPv4 addresses stay", () => {
  const holder = new Holder().hear({ kind: "link-changed", link: OFF }, ...removed(SHOP6, SHOP)).wait();
  assert.deepEqual(holder.said(), [
    taken(SHOP),
    `${SHOP6} went with eth0 of web1, which was switched off; it is put back`,
  ]);
});

test("an interface that was replaced while the kernel's reports were lost has taken its addresses with it", () => {
  const other = { ...ETH0, index: 3 };
  const holder = new Holder().hear({
    kind: "kernel-read",
    kernel: { links: [other], addresses: [on(3, "192.168.1.10")] },
  });
  assert.deepEqual(holder.wait().said(), [gone(SHOP), gone(SHOP6)]);
});

test("an interface that was made for an address comes and goes without a word, another one does not", () => {
  const holder = new Holder();
  for (const name of ["locum-0123abcd", "eth9"]) {
    const link = { ...ETH0, index: 9, name };
    holder.hear(
      { kind: "link-changed", link },
      { kind: "link-changed", link: { ...link, carrier: false } },
      { kind: "link-changed", link },
      { kind: "link-removed", index: 9 },
    );
  }
  assert.deepEqual(
    holder.notes.flatMap((note) => ("interface" in note ? [`${note.code} ${note.interface}`] : [])),
    ["link.lost eth9", "link.restored eth9", "link.lost eth9"],
  );
});

test("an interface that was made for a service is no cable that was plugged in: who is alone goes on taking what is vacant", () => {
  const order = (kind: "stop-service" | "start-service"): NodeInput => ({
    kind: "command-received",
    id: kind,
    command: { kind, service: serviceName("shop") },
  });
  for (const [name, takes] of [
    ["locum-0123abcd", true],
    ["eth1", false],
  ] as const) {
    const holder = new Holder(["web1", "web2"]).hear(order("stop-service")).wait();
    const link: KernelLink = { ...ETH0, index: 9, name };
    holder.hear({ kind: "link-changed", link: { ...link, up: false, carrier: false } }, { kind: "link-changed", link });
    holder.notes.splice(0);
    holder.hear(order("start-service"));
    assert.equal(
      holder.notes.some(({ code }) => code === "service.claimed"),
      takes,
      name,
    );
  }
});
