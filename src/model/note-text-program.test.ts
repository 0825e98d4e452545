import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../base/time.js";
import { nodeName, serviceName } from "./names.js";
import { noteSeverity, noteText } from "./note-text.js";
import type { Note, Severity } from "./note.js";
import type { ProgramNote } from "./program-note.js";
import { programName } from "./program.js";

type Body<Code extends ProgramNote["code"]> = Omit<Extract<ProgramNote, { readonly code: Code }>, "code">;

const db = { service: serviceName("shop"), program: programName("db") } as const;
const nothing = { kind: "nothing" } as const;

/** Those of programs. */
const PROGRAM_NOTES: { readonly [Code in ProgramNote["code"]]: readonly [Severity, string, Body<Code>] } = {
  "program.starting": ["info", "web2 starts db of shop as a standby", { ...db, role: "standby" }],
  "program.ready": [
    "notice",
    "db of shop on web2 is ready, 20 ms after it was started",
    { ...db, took: milliseconds(20) },
  ],
  "program.stopping": [
    "info",
    "web2 stops db of shop, because an operator restarts it",
    { ...db, why: "order", next: { kind: "start-again" } },
  ],
  "program.stopped": ["info", "db of shop on web2 ended within 20 ms", { ...db, took: milliseconds(20) }],
  "program.exited": [
    "warning",
    "db of shop on web2 ended by itself after 2 s: exit status 78 (wrong configuration); it is restarted at once (1 of 3 in 1 min)",
    {
      ...db,
      exit: { kind: "status", status: 78 },
      ranFor: seconds(2),
      next: { kind: "restart", delay: seconds(0), nth: 1, of: 3, within: seconds(60) },
    },
  ],
  "program.not-started": [
    "error",
    "db of shop on web2 cannot be started: ENOENT; another node shall have the service",
    { ...db, problem: "ENOENT", next: { kind: "move", usedUp: 0 } },
  ],
  "program.late": [
    "error",
    "db of shop on web2 did not become ready within 2 s; 3 restarts were of no use: it stays down",
    { ...db, waited: seconds(2), next: { kind: "stop", usedUp: 3 } },
  ],
  "program.troubled": [
    "warning",
    "db of shop on web2 is in trouble: no answer; nothing is done about it",
    { ...db, problem: "no answer", next: nothing },
  ],
  "program.recovered": ["notice", "db of shop on web2 is well again", db],
  "program.killed": [
    "warning",
    "db of shop on web2 did not end within 2 s: everything that is left of it is killed",
    { ...db, waited: seconds(2) },
  ],
  "program.killed-at-once": [
    "warning",
    "db of shop on web2 is killed at once, because another node has begun to run it",
    { ...db, by: "rival" },
  ],
  "program.stuck": [
    "error",
    "db of shop on web2 cannot be ended: SIGKILL did nothing within 2 s",
    { ...db, waited: seconds(2) },
  ],
  "program.role-told": ["info", "db of shop on web2 knows that it is the holder's now", { ...db, role: "holder" }],
  "program.role-refused": [
    "error",
    "db of shop on web2 did not become a standby's: exit status 1; 1 restart was of no use: it is tried again in 2 s",
    { ...db, role: "standby", problem: "exit status 1", next: { kind: "retry", delay: seconds(2), usedUp: 1 } },
  ],
  "program.kept": [
    "info",
    "db of shop on web2 has run through the restart of the agent, for 2 s now, as the holder's",
    { ...db, role: "holder", ranFor: seconds(2) },
  ],
  "program.host-lost": [
    "warning",
    "db of shop on web2 went with the process that watches programs; it is started again",
    { ...db, next: { kind: "start-again" } },
  ],
  "program.stray": [
    "warning",
    "db of shop on web2 was found running, promoted, although it must not, and the agent did not start it",
    { ...db, isPromoted: true },
  ],
  "program.unusable": [
    "info",
    "db of shop on web2 does not run, and could not as things are: systemd has no unit db.service",
    { ...db, problem: "systemd has no unit db.service" },
  ],
  "program.unprobed": [
    "warning",
    "Whether db of shop on web2 runs cannot be found out: systemd does not answer",
    { ...db, problem: "systemd does not answer" },
  ],
  "program.left": [
    "warning",
    "db of shop on web2 may still run, though the process that watched it is gone: it is killed, and counts as running until nothing is left of it",
    { ...db, next: { kind: "start-again" } },
  ],
};

test("words and weight of every note about a program", () => {
  for (const [code, [severity, text, body]] of Object.entries(PROGRAM_NOTES)) {
    const note = { code, ...body } as Note;
    assert.equal(noteText(note, nodeName("web2")), text);
    assert.equal(noteSeverity(note), severity, code);
  }
});

test("of one that cannot be ended, what its host says of that comes first", () => {
  const problem = "stop answers with status 1: device busy; it is tried again every second";
  const note: Note = { code: "program.stuck", ...db, waited: seconds(10), problem };
  assert.equal(noteText(note, nodeName("web2")), `db of shop on web2 cannot be ended: ${problem}`);
});

test("where no other node can have the service, none is promised", () => {
  const again = seconds(5);
  const note: Note = {
    code: "program.not-started",
    ...db,
    problem: "ENOENT",
    next: { kind: "move", usedUp: 1, again },
  };
  assert.equal(
    noteText(note, nodeName("web2")),
    "db of shop on web2 cannot be started: ENOENT; 1 restart was of no use: no other node can have the service, so it is tried again here in 5 s",
  );
});
