import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds } from "../../base/time.js";
import { type NodeName, nodeName } from "../../model/names.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { Newcomers } from "./newcomers.js";

const [first, second] = ["web1", "web2"].map(nodeName) as [NodeName, NodeName];
const TIMEOUT_MS = 100;
const VACANT_SINCE = instant(0);

type Codes = readonly UnfitReason["code"][];

/** What `second` sees of itself and of `first`. */
class Watch {
  readonly newcomers: Newcomers = new Newcomers();
  #own: Codes = [];
  #other: Codes = [];

  see(atMs: number, own: Codes, other: Codes): void {
    this.#own = own;
    this.#other = other;
    this.newcomers.observe({ now: instant(atMs * 1_000), facts: this.#facts });
  }

  /** When `second` may take the service, if `before` do not, in ms. */
  turnsFrom(...before: readonly NodeName[]): number {
    const situation = { self: second, facts: this.#facts, patience: milliseconds(TIMEOUT_MS) };
    return this.newcomers.turnsFrom(situation, before, VACANT_SINCE) / 1_000;
  }

  get #facts(): readonly { readonly node: NodeName; readonly reasons: readonly UnfitReason[] }[] {
    const of = (codes: Codes): readonly UnfitReason[] => codes.map((code) => ({ code }));
    return [
      { node: first, reasons: of(this.#other) },
      { node: second, reasons: of(this.#own) },
    ];
  }
}

test("who was fit when the service lost its holder waits for nothing", () => {
  const watch = new Watch();
  watch.see(0, [], ["link-down"]);
  assert.equal(watch.turnsFrom(), 0);
});

test("who becomes fit waits one timeout, and again when it was not in between", () => {
  const watch = new Watch();
  watch.see(0, ["link-down"], ["link-down"]);
  watch.see(1_000, [], ["link-down"]);
  watch.see(1_050, [], ["link-down"]);
  assert.equal(watch.turnsFrom(), 1_100);
  watch.see(1_060, ["ping-lost"], ["link-down"]);
  watch.see(1_070, [], ["link-down"]);
  assert.equal(watch.turnsFrom(), 1_170);
});

test("who hears nobody else that may hold it does not wait", () => {
  for (const code of ["node-down", "node-leaving", "node-unknown"] as const) {
    const watch = new Watch();
    watch.see(0, ["link-down"], [code]);
    watch.see(1_000, [], [code]);
    assert.equal(watch.turnsFrom(), 0, code);
  }
});

test("what only lowers a node's place, or what all hear of at once, keeps nobody waiting", () => {
  for (const code of ["banned", "interface-full", "not-fenced", "needs", "with"] as const) {
    const watch = new Watch();
    watch.see(0, [code], ["link-down"]);
    watch.see(1_000, [], ["link-down"]);
    assert.equal(watch.turnsFrom(), 0, code);
  }
});

test("who comes before it and becomes fit has its time, but does not postpone its turn for ever", () => {
  const watch = new Watch();
  watch.see(0, ["link-down"], ["link-down"]);
  watch.see(1_000, [], ["link-down"]);
  for (let atMs = 1_050; atMs < 10_000; atMs += 50) {
    watch.see(atMs, [], atMs % 100 === 0 ? ["link-down"] : []);
    if (atMs === 1_050) assert.equal(watch.turnsFrom(first), 1_150);
  }
  assert.equal(watch.turnsFrom(first), 2_100);
});

test("once somebody held it, what was seen before is over", () => {
  const watch = new Watch();
  watch.see(0, ["link-down"], ["link-down"]);
  watch.newcomers.end();
  watch.see(1_000, [], []);
  assert.equal(watch.turnsFrom(first), 0);
});
