/** A holder begins no program beside one that still runs, or may, on another node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkedNode, SHOP } from "../../../test/support/networked-node.js";
import { answer, DB, kinds, LONG_MS, says, strayBrief, withPrograms } from "../../../test/support/stray-bench.js";
import { milliseconds } from "../../base/time.js";
import { nodeName, wireId } from "../../model/names.js";
import type { ProgramBrief } from "../../model/program.js";

/** The node web3 holds the service, after web1 told of this. */
function holderBeside(brief: ProgramBrief): NetworkedNode {
  const node = new NetworkedNode({ service: withPrograms([DB], ["web3", "web1", "web2"]) });
  says(node, "web1", 1, { programs: [brief] });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  assert.deepEqual([node.view().services[0]?.holder, kinds(node)], ["web3", ["probe-program"]]);
  return node;
}

const strayFindings = (node: NetworkedNode): readonly string[] =>
  node.view().findings.flatMap(({ finding: { kind } }) => (kind.startsWith("program-st") ? [kind] : []));

for (const state of ["stopped", "stopping", "killing", "stuck"] as const) {
  test(`a holder goes on waiting in a pause for a stray that is ${state}, with the finding`, () => {
    const node = holderBeside(strayBrief({ state }));
    says(node, "web1", 2, { programs: [strayBrief({ state })], pause: { paused: true, revision: 1 } });
    node.pass(LONG_MS);
    assert.deepEqual(kinds(node), ["probe-program"]);
    assert.deepEqual(strayFindings(node), [state === "stuck" ? "program-stuck" : "program-stray"]);
    says(node, "web1", 3, { pause: { paused: true, revision: 1 } });
    node.pass(10);
    assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
  });
}

for (const state of ["stopping", "killing", "stuck"] as const) {
  test(`what is ${state} on a node that does not hold the service is waited for, although that says not that it was found`, () => {
    const { found: _found, stray: _stray, ...brief } = strayBrief({ state });
    const node = holderBeside(brief);
    says(node, "web1", 2, { programs: [{ ...brief, state: "stopped" }] });
    node.pass(10);
    assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
  });
}

const OPEN = { unlooked: [{ service: SHOP.name, program: DB.name }] };

/** A holder that waits for a stray of web1, whose agent dies, and the next one is heard before anybody missed it. */
function holderBesideOpen(): NetworkedNode {
  const node = holderBeside(strayBrief());
  node.report({ kind: "peer-heard", peer: wireId(nodeName("web1")), incarnation: 2 });
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program"]);
  return node;
}

test("what was found is waited for until the next agent there has looked again", () => {
  const node = holderBesideOpen();
  says(node, "web1", 1, { incarnation: 2, ...OPEN });
  node.pass(80_000);
  assert.deepEqual(kinds(node), ["probe-program"]);
  says(node, "web1", 2, { incarnation: 2, programs: [strayBrief()] });
  node.pass(80_000);
  assert.deepEqual(kinds(node), ["probe-program"]);
  says(node, "web1", 3, { incarnation: 2 });
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
});

test("the holder says which program waits, for which node, and whether that knows that it runs", () => {
  const node = holderBeside(strayBrief());
  node.pass(LONG_MS);
  const waits = (): readonly unknown[] =>
    node
      .view()
      .findings.flatMap(({ finding, since }) => (finding.kind === "program-waiting" ? [{ ...finding, since }] : []));
  const [waiting] = waits() as readonly { readonly since: number }[];
  const since = waiting?.since ?? Infinity;
  assert.ok(since < node.now - milliseconds(LONG_MS));
  const about = { kind: "program-waiting", node: "web3", service: SHOP.name, program: DB.name, on: "web1", since };
  assert.deepEqual(waits(), [{ ...about, isKnown: true }]);
  node.report({ kind: "peer-heard", peer: wireId(nodeName("web1")), incarnation: 2 });
  says(node, "web1", 1, { incarnation: 2, ...OPEN });
  node.pass(LONG_MS);
  assert.deepEqual(waits(), [{ ...about, isKnown: false }]);
  assert.deepEqual(
    node.told?.programs?.map(({ awaits }) => awaits),
    [{ node: "web1", isKnown: false }],
  );
  says(node, "web1", 2, { incarnation: 2 });
  node.pass(LONG_MS);
  assert.deepEqual(waits(), []);
});

test("but not for ever", () => {
  const node = holderBesideOpen();
  says(node, "web1", 1, { incarnation: 2, ...OPEN });
  node.pass(100_000);
  assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
});

test("nobody waits for an agent that has to look and never told of anything", () => {
  const node = new NetworkedNode({ service: withPrograms([DB], ["web3", "web1", "web2"]) });
  says(node, "web1", 1, OPEN);
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
});

test("a node says what it has yet to look for until it has", () => {
  const node = new NetworkedNode({ service: withPrograms([DB]) });
  node.pass(10);
  assert.deepEqual(node.told?.unlooked, OPEN.unlooked);
  answer(node, { kind: "unknown", problem: "systemd does not answer" });
  node.pass(10);
  assert.deepEqual(node.told?.unlooked, OPEN.unlooked);
  node.pass(31_000);
  answer(node, { kind: "not-running" }, 2);
  node.pass(10);
  assert.equal(node.told?.unlooked, undefined);
});
