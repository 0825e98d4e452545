import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import { Effects } from "../effects.js";
import { HeldAddress } from "./held-address.js";

const PLACED = { interface: "eth0", address: "10.0.0.1", family: 4, prefixLength: 24 } as const;

const found = (): HeldAddress => new HeldAddress(serviceName("shop"), PLACED, { isFound: true, isSeen: () => false });

test("what was found, and went and came with a change of paths, is taken off when it is to go", () => {
  const [held, effects] = [found(), new Effects()];
  held.lost(instant(0), effects);
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
  held.lost(instant(0), effects);
  assert.equal(held.isFound, false);
  held.add(instant(1), effects);
  assert.deepEqual(
    effects.take().map(({ kind }) => kind),
    ["add-address"],
  );
});
