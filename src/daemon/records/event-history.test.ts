import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { instant } from "../../base/time.js";
import type { AgentEvent } from "../../model/event.js";
import { nodeName, serviceName } from "../../model/names.js";
import type { Note } from "../../model/note.js";
import { EventFile, UNWRITTEN_MAX } from "./event-file.js";
import { EventRing, EVENTS_KEPT_MAX } from "./event-ring.js";
import { Impairments } from "../impairments.js";

const SELF = nodeName("web1");
const LEFT: Note = { code: "node.left", node: nodeName("web2") };
const UNPLACED: Note = {
  code: "finding.raised",
  finding: { kind: "service-unplaced", service: serviceName("shop") },
};
const ALONE: Note = {
  code: "finding.raised",
  finding: { kind: "no-standby", standbys: [], services: [serviceName("mail"), serviceName("shop")] },
};

const sequences = (events: readonly AgentEvent[]): readonly number[] => events.map(({ sequence }) => sequence);

test("the newest events are kept, oldest first", () => {
  const ring = new EventRing(SELF, [], 1);
  for (let count = 0; count < EVENTS_KEPT_MAX + 3; count += 1) ring.append(count, LEFT);
  const all = ring.recent({});
  assert.equal(all.length, EVENTS_KEPT_MAX);
  assert.equal(all[0]?.sequence, 4);
  assert.equal(all.at(-1)?.sequence, EVENTS_KEPT_MAX + 3);
  assert.deepEqual(sequences(ring.recent({ limit: 2 })), [EVENTS_KEPT_MAX + 2, EVENTS_KEPT_MAX + 3]);
});

test("a listener hears the events that it asked for, until it ends", () => {
  const ring = new EventRing(SELF, [], 1);
  const heard: AgentEvent[] = [];
  const end = ring.subscribe({ service: serviceName("shop") }, (event) => heard.push(event));
  ring.append(0, LEFT);
  ring.append(0, UNPLACED);
  ring.append(0, ALONE);
  end();
  ring.append(0, UNPLACED);
  assert.deepEqual(sequences(heard), [2, 3]);
});

interface Bench {
  readonly directory: string;
  readonly impairments: Impairments;
  open(program?: string): EventFile;
}

function bench(t: TestContext): Bench {
  const directory = mkdtempSync(join(tmpdir(), "locum-events-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const impairments = new Impairments(
    () => instant(0),
    () => {},
  );
  return { directory, impairments, open: (program = "1.0.0") => new EventFile({ directory, program, impairments }) };
}

const event = (sequence: number): AgentEvent => ({ sequence, atMs: 5, node: SELF, note: LEFT });

test("events are there after a restart, and numbers go on beyond all that may have been used", async (t) => {
  const { open } = bench(t);
  const file = open();
  for (const sequence of [1, 2, 3]) file.append(event(sequence));
  await file.close();
  const { events, nextSequence } = open().read();
  assert.deepEqual(events, [event(1), event(2), event(3)]);
  assert.equal(nextSequence, 3 + UNWRITTEN_MAX);
});

test("a line that is cut off and lines of another version are skipped, but their numbers count", async (t) => {
  const { directory, open } = bench(t);
  const file = open("2.0.0");
  file.append(event(8));
  await file.close();
  appendFileSync(join(directory, "events.jsonl"), '{"sequence":9,"atMs":');
  assert.deepEqual(open().read(), { events: [], nextSequence: 8 + UNWRITTEN_MAX });
});

test("the files stay bounded and keep the newest", async (t) => {
  const { open } = bench(t);
  const file = open();
  const long = { ...event(1), note: { code: "node.left", node: nodeName("x".repeat(1_000)) } } satisfies AgentEvent;
  for (let sequence = 1; sequence <= 10_000; sequence += 1) {
    file.append({ ...long, sequence });
    if (sequence % 500 === 0) await file.close();
  }
  const { events } = open().read();
  assert.ok(events.length >= 2_000 && events.length < 5_000, `${events.length} events`);
  assert.equal(events.at(-1)?.sequence, 10_000);
});

test("while the disk refuses, the newest events wait, and are written when it takes them again", async (t) => {
  const { directory, impairments, open } = bench(t);
  rmSync(directory, { recursive: true });
  const file = open();
  for (let sequence = 1; sequence <= UNWRITTEN_MAX + 5; sequence += 1) file.append(event(sequence));
  await file.close();
  assert.equal(impairments.findings().length, 1);
  mkdirSync(directory);
  await file.close();
  assert.equal(impairments.findings().length, 0);
  assert.deepEqual(sequences(open().read().events).slice(0, 1), [6]);
});
