import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import { Effects } from "../effects.js";
import { HeldAddress } from "./held-address.js";

const PLACED = { interface: "eth0", address: "10.0.0.1", family: 4, prefixLength: 24 } as const;

const shop = serviceName("shop");
const isSeen = (): boolean => false;

const found = (): HeldAddress => new HeldAddress(shop, PLACED, { isFound: true, isSeen });

test("what was found, and went and came with a change of paths, is taken off when it is to go", () => {
  const [held, effects] = [found(), new Effects()];
  held.lost(instant(0), "taken", effects);
  held.reappeared(instant(1), effects);
  assert.equal(held.isFound, true);
  held.remove(effects);
  assert.deepEqual(
    effects.take().map(({ kind }) => kind),
    ["remove-address"],
  );
});

test("what was found and is gone is put there anew, not adopted", () => {
  const [held, effects] = [found(), new Effects()];
  held.lost(instant(0), "taken", effects);
  assert.equal(held.isFound, false);
  held.add(instant(1), effects);
  assert.deepEqual(
    effects.take().map(({ kind }) => kind),
    ["add-address"],
  );
});

const REFUSAL = { code: "ENOMEM", message: "out of memory" };
const made = { on: "eth0", mac: "02:5e:00:00:00:01" };

/** The step of the one order that was given. */
function ordered(effects: Effects, kind: "add-address" | "remove-address"): number {
  const [order, ...others] = effects.take().filter((effect) => effect.kind !== "note");
  assert.deepEqual([order?.kind, others], [kind, []]);
  return order !== undefined && "step" in order ? order.step : 0;
}

test("an address on an interface of its own that was found, and may not be ordered anew, is taken off", () => {
  const [held, effects] = [new HeldAddress(shop, { ...PLACED, made }, { isFound: true, isSeen }), new Effects()];
  held.add(instant(0), effects);
  const report = held.answer(instant(1), ordered(effects, "add-address"), REFUSAL, effects);
  assert.deepEqual([report, held.onRecord], [{ refused: REFUSAL }, true]);
  effects.take();
  held.remove(effects);
  held.tick(instant(1), effects);
  held.answer(instant(2), ordered(effects, "remove-address"), undefined, effects);
  assert.equal(held.onRecord, false);
});

test("one that could not be taken off stays on record when it may not be put there anew", () => {
  const [held, effects] = [found(), new Effects()];
  held.remove(effects);
  held.answer(instant(1), ordered(effects, "remove-address"), REFUSAL, effects);
  effects.take();
  held.add(instant(2), effects);
  held.answer(instant(3), ordered(effects, "add-address"), REFUSAL, effects);
  assert.equal(held.onRecord, true);
});

test("one that never was there is off the record when it is refused", () => {
  const [held, effects] = [new HeldAddress(shop, PLACED, { isFound: false, isSeen }), new Effects()];
  held.add(instant(0), effects);
  held.answer(instant(1), ordered(effects, "add-address"), REFUSAL, effects);
  assert.equal(held.onRecord, false);
});
