import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, seconds } from "../base/time.js";
import type { AttributeNote, AttributeValue } from "../model/attribute.js";
import { Attributes } from "./attributes.js";
import { Effects } from "./effects.js";

const at = (second: number): Instant => instant(second * 1_000_000);

/** What is told while one attribute is set to one value a second. */
function told(values: readonly AttributeValue[], limit: { readonly lifetime?: ReturnType<typeof seconds> } = {}) {
  const [attributes, effects] = [new Attributes([]), new Effects()];
  values.forEach((value, second) => attributes.set(at(second), { name: "disk", value, ...limit }, effects));
  return notes(effects);
}

const notes = (effects: Effects): readonly AttributeNote[] =>
  effects.take().map((effect) => (effect as { readonly note: AttributeNote }).note);

const valuesOf = (list: readonly AttributeNote[]): readonly unknown[] =>
  list.map((note) => (note.code === "attribute.set" ? note.value : note.code));

test("a number that becomes another, and a text that is set anew for a while, as checks do, are no news", () => {
  assert.deepEqual(valuesOf(told([80, 81, 82])), [80]);
  assert.deepEqual(valuesOf(told(["80.1", "80.2", "81.0"], { lifetime: seconds(60) })), ["80.1"]);
});

test("what an operator says, and whether something is so, is news each time", () => {
  assert.deepEqual(valuesOf(told(["free", "full", "full", "free"])), ["free", "full", "free"]);
  assert.deepEqual(valuesOf(told([true, true, false, "unknown"], { lifetime: seconds(60) })), [true, false, "unknown"]);
});

test("changes without end leave the record to other events: some in a row are told, then one a minute, which counts the others", () => {
  const day = Array.from({ length: 86_400 }, (_, second) => second % 2 === 0);
  const list = told(day, { lifetime: seconds(60) });
  assert.equal(list.length, 100 + 1_440 - 1);
  assert.equal(list[99]?.untold, undefined);
  assert.equal(list[120]?.untold, 59);
});

test("a change that is told after others that were not says so, whatever it is", () => {
  const [attributes, effects] = [new Attributes([]), new Effects()];
  for (let count = 0; count < 102; count += 1)
    attributes.set(at(0), { name: "disk", value: count % 2 === 0, lifetime: seconds(90) }, effects);
  assert.equal(notes(effects).length, 100);
  attributes.expire(at(90), effects);
  assert.deepEqual(notes(effects), [{ code: "attribute.expired", attribute: "disk", untold: 2 }]);
  attributes.set(at(200), { name: "disk", value: true }, effects);
  assert.deepEqual(notes(effects), [{ code: "attribute.set", attribute: "disk", value: true }]);
});
