import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../base/random.js";
import { worldTime } from "./clock.js";
import { type LinkQuality, Segment } from "./network.js";

const PERFECT: LinkQuality = { delay: 100, jitter: 50, loss: 0, duplication: 0, reordering: 0 };
const segment = (quality: LinkQuality = PERFECT): Segment => new Segment("red", 3, quality, new Random(1, "test"));
const times = (count: number): readonly number[] => [...Array(count).keys()];

test("packets of one direction arrive in their order, unless they are overtaken", () => {
  const arrivals = (quality: LinkQuality): readonly (number | undefined)[] => {
    const wire = segment(quality);
    return times(200).map((time) => wire.arrival(worldTime(time), 0, 1));
  };
  const inOrder = arrivals(PERFECT);
  assert.deepEqual(
    inOrder,
    [...inOrder].sort((a = 0, b = 0) => a - b),
  );
  const overtaken = arrivals({ ...PERFECT, reordering: 0.2 });
  assert.notDeepEqual(
    overtaken,
    [...overtaken].sort((a = 0, b = 0) => a - b),
  );
});

test("what two faults cut is whole only after both are over", () => {
  const wire = segment();
  wire.cut(0, 1);
  wire.cut(0, 1);
  wire.mend(0, 1);
  assert.equal(wire.passes(0, 1), false);
  assert.equal(wire.passes(1, 0), true);
  wire.mend(0, 1);
  assert.equal(wire.passes(0, 1), true);
});

test("a station without a cable, and all without a switch, have no signal", () => {
  const wire = segment();
  wire.unplug(2);
  assert.deepEqual(
    [wire.hasSignal(2), wire.hasSignal(0), wire.passes(0, 2), wire.passes(2, 0)],
    [false, true, false, false],
  );
  wire.plug(2);
  wire.killSwitch();
  assert.equal(wire.hasSignal(0), false);
  wire.reviveSwitch();
  assert.equal(wire.passes(0, 2), true);
});

test("a disturbance loses packets, and leaves the segment restless until the last of them has arrived", () => {
  const wire = segment();
  const storm: LinkQuality = { ...PERFECT, delay: 10_000, loss: 0.5 };
  wire.disturb(storm);
  const lost = times(400).filter((time) => wire.arrival(worldTime(time), 0, 1) === undefined).length;
  assert.ok(lost > 100 && lost < 300, `${lost} of 400 lost`);
  assert.equal(wire.isCalm(worldTime(400)), false);
  wire.calm(storm, worldTime(500));
  assert.equal(wire.isCalm(worldTime(501)), false);
  assert.equal(wire.isCalm(worldTime(500 + 10_050)), true);
});
