import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds } from "../../base/time.js";
import { networkName, nodeName, serviceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import { Effects } from "../effects.js";
import type { Findings } from "./explained.js";
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
    board.update(instant(ms * 1_000), { told: findings, withheld: [] }, effects);
    return board.raised().map(({ finding }) => finding);
  };
  assert.deepEqual(at(0, noStandby("shop")), []);
  assert.deepEqual(at(100, noStandby("shop", "mail")), []);
  assert.deepEqual(at(200, noStandby("shop", "mail")), [noStandby("shop", "mail")], "since the first moment");
  assert.deepEqual(at(300, noStandby("mail")), [noStandby("mail")]);
  assert.deepEqual(at(400), []);
  const notes = effects.take().flatMap((effect) => (effect.kind === "note" ? [effect.note] : []));
  assert.deepEqual(notes, [
    { code: "finding.raised", finding: noStandby("shop", "mail"), lasted: milliseconds(200) },
    { code: "finding.cleared", finding: noStandby("mail") },
  ]);
});

test("a split network is one finding while its parts change", () => {
  const board = new FindingsBoard(milliseconds(200));
  const effects = new Effects();
  const split = (...parts: readonly (readonly string[])[]): Finding => {
    return { kind: "network-split", network: networkName("a"), parts: parts.map((part) => part.map(nodeName)) };
  };
  const halves = split(["web1", "web2"], ["web3", "web4"]);
  const thirds = split(["web1", "web2"], ["web3", "web4"], ["web5", "web6"]);
  for (const [ms, finding] of [
    [0, halves],
    [150, thirds],
    [200, halves],
  ] as const) {
    board.update(instant(ms * 1_000), { told: [finding], withheld: [] }, effects);
  }
  assert.deepEqual(
    board.raised().map(({ finding }) => finding),
    [halves],
  );
});

test("a finding that is withheld is not shown, and is over only when it is gone", () => {
  const board = new FindingsBoard(milliseconds(200));
  const effects = new Effects();
  const down: Finding = { kind: "node-down", node: nodeName("web2") };
  const update = (ms: number, found: Partial<Findings>): number => {
    board.update(instant(ms * 1_000), { told: [], withheld: [], ...found }, effects);
    return board.raised().length;
  };
  assert.equal(update(0, { told: [down] }), 1);
  assert.equal(update(100, { withheld: [down] }), 0);
  assert.equal(update(200, { told: [down] }), 1, "shown again, and not raised again");
  assert.equal(update(300, { withheld: [down] }), 0);
  assert.equal(update(400, {}), 0);
  assert.deepEqual(
    effects.take().map((effect) => effect.kind === "note" && effect.note.code),
    ["finding.raised", "finding.cleared"],
  );
});

test("a finding that was withheld from the first must last after that, and leaves no trace before", () => {
  const board = new FindingsBoard(milliseconds(200));
  const effects = new Effects();
  board.update(instant(0), { told: [], withheld: [noStandby("shop")] }, effects);
  assert.equal(board.deadline(), undefined);
  board.update(instant(1_000_000), { told: [noStandby("shop")], withheld: [] }, effects);
  assert.deepEqual(board.deadline(), { at: instant(1_200_000), why: "finding" });
  board.update(instant(1_100_000), { told: [], withheld: [] }, effects);
  assert.deepEqual(effects.take(), []);
});
