import assert from "node:assert/strict";
import { test } from "node:test";
import { type Mover, orderedMove } from "./mover.js";
import { nodeName, serviceName } from "./names.js";
import { noteText } from "./note-text.js";
import { moveReasonText, releaseReasonText } from "./note-text-reason.js";
import { programName } from "./program.js";
import { ruleName } from "./rule.js";

const [web1, web2] = [nodeName("web1"), nodeName("web2")];
const HOT: Mover = { kind: "rule", name: ruleName("hot") };
const DB: Mover = { kind: "program", name: programName("db") };

test("a move says whose order it was, and of whom only the kind is known", () => {
  const texts: readonly (readonly [Parameters<typeof moveReasonText>[0], string])[] = [
    [orderedMove(undefined, web1), "an operator moved it away from web1"],
    [orderedMove(HOT, web1), "the rule hot moved it away from web1"],
    [orderedMove(HOT, undefined), "the rule hot moved it"],
    [orderedMove(DB, web1), "its program db asked for a move away from web1"],
    [{ kind: "rule", from: web1 }, "a rule moved it away from web1"],
    [{ kind: "program", from: web1 }, "one of its programs asked for a move away from web1"],
  ];
  for (const [reason, text] of texts) assert.equal(moveReasonText(reason, web2), text);
});

test("a holder that gives its service away says whose order that is", () => {
  const why = { kind: "handed-over", to: web1 } as const;
  assert.equal(releaseReasonText({ ...why, cause: "rule", by: HOT }), "the rule hot moves it to web1");
  assert.equal(releaseReasonText({ ...why, cause: "program", by: DB }), "its program db asked for a move to web1");
  assert.equal(releaseReasonText({ ...why, cause: "drain", by: HOT }), "it is drained by the rule hot");
  assert.equal(releaseReasonText({ ...why, cause: "drain" }), "it is drained");
  const offered = { code: "service.offered", service: serviceName("shop"), epoch: 2, to: web2 } as const;
  assert.match(noteText({ ...offered, cause: "rule", by: HOT }, web1), /because the rule hot moved it$/);
  assert.match(noteText({ ...offered, cause: "program", by: DB }, web1), /because its program db asked for it$/);
  assert.match(noteText({ ...offered, cause: "drain", by: HOT }, web1), /because it is drained by the rule hot$/);
});
