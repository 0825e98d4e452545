import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EventParser, type ReceivedEvent } from "./server-sent-events.js";

const STREAM = ': connected\n\nid: 7\nevent: event\ndata: {"a":"b: c"}\n\n: keepalive\n\nevent: change\ndata: {}\n\n';

const EVENTS: readonly ReceivedEvent[] = [
  { event: "event", data: '{"a":"b: c"}', id: "7" },
  { event: "change", data: "{}", id: undefined },
];

test("events come out the same however the text is cut", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(STREAM.length)), (places) => {
      const parser = new EventParser();
      const ends = [...places.sort((a, b) => a - b), STREAM.length];
      const events = ends.flatMap((end, index) => parser.take(STREAM.slice(ends[index - 1] ?? 0, end)));
      assert.deepEqual(events, EVENTS);
    }),
  );
});

test("an event without an end is refused before it fills the memory", () => {
  const parser = new EventParser();
  assert.throws(() => {
    for (let count = 0; count < 20; count += 1) parser.take("x".repeat(1_000_000));
  }, /without an end/);
});
