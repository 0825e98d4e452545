import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, seconds } from "../base/time.js";
import type { FenceNote } from "./fencing.js";
import { nodeName, serviceName } from "./names.js";
import type { Severity } from "./note.js";
import { noteSeverity, noteText } from "./note-text.js";
import { programName } from "./program.js";

const web1 = nodeName("web1");
const web2 = nodeName("web2");
const stuck = { kind: "stuck", service: serviceName("shop"), program: programName("db") } as const;

type Body<Code extends FenceNote["code"]> = Omit<Extract<FenceNote, { readonly code: Code }>, "code">;

/** Every code once, so that the compiler asks for a line here when a code is added. */
const NOTES: { readonly [Code in FenceNote["code"]]: readonly [Severity, string, Body<Code>] } = {
  "fence.began": [
    "warning",
    "web2 fences web1 by ipmi, then pdu, in 2 s, because db of shop cannot be ended there",
    { node: web1, cause: stuck, methods: ["ipmi", "pdu"], wait: seconds(2) },
  ],
  "fence.method-failed": [
    "warning",
    "ipmi did not cut off web1 from web2, after 430 ms: it ended with status 1; pdu is next",
    { node: web1, method: "ipmi", problem: "it ended with status 1", took: milliseconds(430), following: "pdu" },
  ],
  "fence.done": [
    "warning",
    "web2 fenced web1 by pdu, in 2 s, because db of shop cannot be ended there",
    { node: web1, method: "pdu", cause: stuck, took: seconds(2) },
  ],
  "fence.failed": [
    "error",
    "web2 could not fence web1: no method succeeded; all of it is tried again in 30 s",
    { node: web1, cause: stuck, again: seconds(30) },
  ],
  "fence.called-off": ["notice", "web2 does not fence web1 after all", { node: web1, cause: { kind: "operator" } }],
  "fence.cancelled": ["notice", "An operator took back the order to fence web1", { node: web1 }],
  "fence.confirmed": ["notice", "An operator made sure that web1 is off: it counts as fenced", { node: web1 }],
  "fence.heard": ["warning", "web3 fenced web1 by pdu", { node: web1, by: nodeName("web3"), method: "pdu" }],
  "fence.belied": [
    "error",
    "web1 is heard again as it was, although it was fenced by pdu: that cut off something else, or nothing",
    { node: web1, method: "pdu" },
  ],
};

test("words of every note about fencing", () => {
  for (const [code, [severity, text, body]] of Object.entries(NOTES)) {
    const note = { code, ...body } as FenceNote;
    assert.equal(noteText(note, web2), text);
    assert.equal(noteSeverity(note), severity);
  }
});
