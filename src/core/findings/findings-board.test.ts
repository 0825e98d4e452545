import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds } from "../../base/time.js";
import { networkName, nodeName, serviceName } from "../../model/names.js";
import type { Finding, Note } from "../../model/note.js";
import type { FindingView } from "../../model/status.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { Effects } from "../effects.js";
import type { Findings } from "./explained.js";
import { FindingsBoard } from "./findings-board.js";

const noStandbyAs = (code: UnfitReason["code"], ...services: readonly string[]): Finding => ({
  kind: "no-standby",
  standbys: [{ node: nodeName("web2"), reasons: [{ code }] }],
  services: services.map(serviceName),
});
const noStandby = (...services: readonly string[]): Finding => noStandbyAs("node-down", ...services);
const waiting = (cause: "no-room" | "outranked", ...services: readonly string[]): Finding => ({
  kind: "service-waiting",
  cause,
  services: services.map(serviceName),
});

interface Told {
  readonly ms: number;
  readonly told?: readonly Finding[];
  readonly withheld?: readonly Finding[];
}

/** What the record has of all that, and what is shown at the end. */
function courseOf(...steps: readonly Told[]): {
  readonly notes: readonly Note[];
  readonly shown: readonly FindingView[];
} {
  const board = new FindingsBoard(milliseconds(200));
  const effects = new Effects();
  for (const { ms, told = [], withheld = [] } of steps) board.update(instant(ms * 1_000), { told, withheld }, effects);
  const notes = effects.take().flatMap((effect) => (effect.kind === "note" ? [effect.note] : []));
  return { notes, shown: board.raised() };
}

const LASTED = { lasted: milliseconds(200) };

test("a finding whose reason changes goes on: no end, no beginning, and it is as old as it was", () => {
  const [down, drained] = [noStandby("shop"), noStandbyAs("drained", "shop")];
  const { notes, shown } = courseOf({ ms: 0, told: [down] }, { ms: 200, told: [down] }, { ms: 500, told: [drained] });
  assert.deepEqual(notes, [
    { code: "finding.raised", finding: down, ...LASTED },
    { code: "finding.changed", finding: drained, before: down },
  ]);
  assert.deepEqual(shown, [{ finding: drained, since: instant(0) }]);
});

test("a service that comes to share another finding of the kind is over with the last one that names it", () => {
  const [both, one, other] = [
    waiting("no-room", "shop", "mail"),
    waiting("no-room", "shop"),
    waiting("outranked", "mail"),
  ];
  const { notes } = courseOf(
    { ms: 0, told: [both] },
    { ms: 200, told: [both] },
    { ms: 300, told: [one, other] },
    { ms: 400, told: [other] },
    { ms: 500, told: [both] },
    { ms: 600 },
  );
  assert.deepEqual(notes.slice(1), [
    { code: "finding.changed", finding: other, before: both },
    { code: "finding.cleared", finding: one },
    { code: "finding.changed", finding: both, before: other },
    { code: "finding.cleared", finding: both },
  ]);
});

test("of a finding that ends for some of its services and goes on in other words for others, that much is over", () => {
  const [both, other] = [waiting("no-room", "shop", "mail"), waiting("outranked", "mail")];
  const { notes } = courseOf({ ms: 0, told: [both] }, { ms: 200, told: [both] }, { ms: 300, told: [other] });
  assert.deepEqual(notes.slice(1), [
    { code: "finding.cleared", finding: waiting("no-room", "shop") },
    { code: "finding.changed", finding: other, before: both },
  ]);
});

test("what changes while it is withheld is recorded when it is shown again, and not where it is as it was", () => {
  const [down, drained] = [noStandby("shop"), noStandbyAs("drained", "shop")];
  const begun: readonly Told[] = [
    { ms: 0, told: [down] },
    { ms: 200, told: [down] },
    { ms: 300, withheld: [drained] },
  ];
  assert.equal(courseOf(...begun).notes.length, 1);
  assert.deepEqual(courseOf(...begun, { ms: 400, told: [drained] }).notes.slice(1), [
    { code: "finding.changed", finding: drained, before: down },
  ]);
  assert.equal(courseOf(...begun, { ms: 400, told: [down] }).notes.length, 1);
  assert.deepEqual(courseOf(...begun, { ms: 400 }).notes.slice(1), [{ code: "finding.cleared", finding: down }]);
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
