import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentEvent } from "../../model/event.js";
import { nodeName, serviceName } from "../../model/names.js";
import { Chronicle } from "./chronicle.js";
import { EventRing } from "./event-ring.js";
import { jsonLog, readableLog } from "../log.js";

const SELF = nodeName("web1");

test("a note reaches history, file and log once its speaker is through, with the time at which it was said", async () => {
  const history = new EventRing(SELF, [], 1);
  const filed: AgentEvent[] = [];
  const logged: AgentEvent[] = [];
  let wallMs = 1_000;
  const chronicle = new Chronicle({
    history,
    log: { event: (event) => logged.push(event), failure: () => {}, flush: () => {} },
    file: { append: (event) => filed.push(event) },
    wallMs: () => wallMs,
  });
  chronicle.say({ code: "cluster.paused" });
  wallMs = 1_001;
  chronicle.say({ code: "cluster.unpaused" });
  assert.deepEqual(history.recent({}), []);
  await Promise.resolve();
  const expected = [
    { sequence: 1, atMs: 1_000, node: SELF, note: { code: "cluster.paused" } },
    { sequence: 2, atMs: 1_001, node: SELF, note: { code: "cluster.unpaused" } },
  ];
  assert.deepEqual(history.recent({}), expected);
  assert.deepEqual(filed, expected);
  assert.deepEqual(logged, expected);
});

const EVENT: AgentEvent = {
  sequence: 1,
  atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  node: SELF,
  note: { code: "node.left", node: nodeName("web2") },
};

test("a log line for programs is one JSON object with code, severity, data and words", () => {
  const lines: string[] = [];
  jsonLog("web1", { write: (line) => void lines.push(line) }).event(EVENT);
  assert.deepEqual(
    lines.map((line): unknown => JSON.parse(line)),
    [
      {
        level: "notice",
        speaker: "web1",
        time: "2026-01-02T03:04:05.678Z",
        code: "node.left",
        node: "web2",
        msg: "web2 left in order",
      },
    ],
  );
});

test("a log line for people has the time of day, the severity and the words", () => {
  const lines: string[] = [];
  const log = readableLog({ write: (line) => void lines.push(line) });
  log.event(EVENT);
  assert.deepEqual(lines, ["03:04:05.678 notice  web2 left in order\n"]);
});

test("a log line about a finding comes with the next step", () => {
  const raised: AgentEvent = {
    ...EVENT,
    note: { code: "finding.raised", finding: { kind: "service-unplaced", service: serviceName("shop") } },
  };
  const next = "Mend on one of its nodes what `locum explain shop` names";
  const lines: string[] = [];
  jsonLog("web1", { write: (line) => void lines.push(line) }).event(raised);
  readableLog({ write: (line) => void lines.push(line) }).event(raised);
  assert.equal((JSON.parse(lines[0] ?? "") as { readonly advice?: string }).advice, next);
  assert.equal(lines[1], `03:04:05.678 error   No node can hold shop (${next})\n`);
});
