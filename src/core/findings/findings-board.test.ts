import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds } from "../../base/time.js";
import { nodeName, serviceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import { Effects } from "../effects.js";
import { FindingsBoard } from "./findings-board.js";

const noStandby = (...services: readonly string[]): Finding => ({
  kind: "no-standby",
  standbys: [{ node: nodeName("web2"), reasons: [{ code: "node-down" }] }],
  services: services.map(serviceName),
});

test("a finding that more services come to share is raised once, shown as it is, and cleared once", () => {
  const board = new FindingsBoard(milliseconds(200));
  const effects = new Effects();
  const at = (ms: number, ...findings: readonly Finding[]): readonly (Finding | undefined)[] => {
    board.update(instant(ms * 1_000), findings, effects);
    return board.raised().map(({ finding }) => finding);
  };
  assert.deepEqual(at(0, noStandby("shop")), []);
  assert.deepEqual(at(100, noStandby("shop", "mail")), []);
  assert.deepEqual(at(200, noStandby("shop", "mail")), [noStandby("shop", "mail")], "since the first moment");
  assert.deepEqual(at(300, noStandby("mail")), [noStandby("mail")]);
  assert.deepEqual(at(400), []);
  const notes = effects.take().flatMap((effect) => (effect.kind === "note" ? [effect.note] : []));
  assert.deepEqual(notes, [
    { code: "finding.raised", finding: noStandby("shop", "mail") },
    { code: "finding.cleared", finding: noStandby("mail") },
  ]);
});
