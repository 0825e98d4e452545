import assert from "node:assert/strict";
import { test } from "node:test";
import { after, milliseconds, seconds, type Duration, type Instant } from "../../base/time.js";
import { NOT_LATELY } from "../../model/heartbeat.js";
import { RoundTrip } from "./round-trip.js";

const INTERVAL = milliseconds(25);
const START = seconds(4_000) as number as Instant;

/** A link that is measured at each interval, and what it told. */
class Link {
  readonly told: { readonly at: number; readonly roundTrip: number }[] = [];
  readonly #link = new RoundTrip();
  #now: Instant = START;

  run(span: Duration, sample: (index: number) => number): void {
    for (let index = 0; index < span / INTERVAL; index += 1) {
      this.#now = after(this.#now, INTERVAL);
      const sentAt = this.#now - sample(index) - 700;
      const roundTrip = this.#link.measure(this.#now, { sentAt, heldFor: 700 });
      if (roundTrip !== undefined) this.told.push({ at: (this.#now - START) / 1_000, roundTrip });
    }
  }

  forget(): void {
    this.#link.forget();
  }

  get latest(): number {
    return this.told.at(-1)?.roundTrip ?? -1;
  }
}

test("the first figure is told once a few samples bear it out", () => {
  const link = new Link();
  link.run(milliseconds(250), () => 300);
  assert.deepEqual(link.told, [{ at: 200, roundTrip: 300 }]);
});

test("a figure that was high at the start comes down to what is measured, however small that is", () => {
  const link = new Link();
  link.run(milliseconds(250), () => 9_000);
  link.run(seconds(25), () => 20);
  assert.ok(link.latest < 40, `${link.latest} µs are told for 20`);
});

test("a slower path is told within two seconds, and then made exact", () => {
  const link = new Link();
  link.run(seconds(5), () => 200);
  link.run(seconds(2), () => 5_000);
  assert.ok(link.latest > 1_000, `${link.latest} µs`);
  link.run(seconds(13), () => 5_000);
  assert.ok(Math.abs(link.latest - 5_000) < 500, `${link.latest} µs`);
});

test("at most one report a second, whatever is measured", () => {
  const link = new Link();
  link.run(seconds(60), (index) => (index % 80 < 40 ? 100 : 60_000));
  const gaps = link.told.slice(1).map(({ at }, index) => at - (link.told[index]?.at ?? 0));
  assert.ok(link.told.length > 20, "the swings are told");
  assert.ok(
    gaps.every((gap) => gap >= 1_000),
    gaps.join(" "),
  );
});

test("the noise of a busy machine is told at most once in ten seconds, and one stalled packet not at all", () => {
  const link = new Link();
  link.run(seconds(60), (index) => 200 + ((index * 7_919) % 100));
  assert.ok(link.told.length <= 7, `${link.told.length} reports`);
  const before = link.told.length;
  link.run(milliseconds(25), () => 90_000);
  link.run(seconds(5), () => 250);
  assert.ok(link.told.length <= before + 1);
  assert.ok(link.latest < 350, `${link.latest} µs`);
});

test("what was measured before a loss says nothing about the link afterwards", () => {
  const link = new Link();
  link.run(seconds(5), () => 9_000);
  link.forget();
  link.run(seconds(1), () => 20);
  assert.equal(link.latest, 20);
});

test("an echo that was held for long, or is none, is no sample", () => {
  const link = new RoundTrip();
  for (let index = 0; index < 20; index += 1) {
    assert.equal(link.measure(START, { sentAt: 0, heldFor: NOT_LATELY }), undefined);
    assert.equal(link.measure(START, { sentAt: START - seconds(11), heldFor: 0 }), undefined);
  }
});
