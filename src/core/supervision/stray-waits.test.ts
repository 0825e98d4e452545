/** A holder begins no program beside one that still runs, or may, on another node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fenceConfig } from "../../../test/scenarios/fence-bench.js";
import { NETWORKS, NetworkedNode, type NetworkedNodeOptions } from "../../../test/support/networked-node.js";
import { DB, kinds, LONG_MS, says, strayBrief, withPrograms } from "../../../test/support/stray-bench.js";
import { nodeName, wireId } from "../../model/names.js";
import type { ProgramBrief } from "../../model/program.js";

/** The node web3 holds the service, after web1 told of this. */
function holderBeside(brief: ProgramBrief, options: NetworkedNodeOptions = {}): NetworkedNode {
  const node = new NetworkedNode({ service: withPrograms([DB], ["web3", "web1", "web2"]), ...options });
  says(node, "web1", 1, { programs: [brief] });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  assert.deepEqual([node.view().services[0]?.holder, kinds(node)], ["web3", ["probe-program"]]);
  return node;
}

const strayFindings = (node: NetworkedNode): readonly string[] =>
  node.view().findings.flatMap(({ finding: { kind } }) => (/^program-st/.test(kind) ? [kind] : []));

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

test("where the node of a stray falls silent, the holder waits until it is fenced", () => {
  const node = holderBeside(strayBrief(), { fence: fenceConfig(["pdu"]) });
  node.silence("web1");
  node.pass(LONG_MS);
  assert.deepEqual(kinds(node), ["probe-program"]);
  assert.deepEqual(
    node.notes.filter(({ code }) => code.startsWith("fence.")).map(({ code }) => code),
    ["fence.began"],
  );
});

test("or until it is heard again without", () => {
  const node = holderBeside(strayBrief(), { fence: fenceConfig(["pdu"], { when: [] }) });
  node.silence("web1");
  node.pass(LONG_MS);
  assert.deepEqual(kinds(node), ["probe-program"]);
  node.report({ kind: "peer-heard", peer: wireId(nodeName("web1")), incarnation: 1 });
  for (const network of Object.keys(NETWORKS)) node.hear("web1", network, true);
  node.claimNothing("web1");
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program"]);
  says(node, "web1", 2, {});
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
});

test("a stray binds its service to nobody as long as its node is heard, nor where that cannot be fenced", () => {
  // It takes the service, and waits with the program.
  holderBeside(strayBrief(), { fence: fenceConfig(["pdu"]) });
  const plain = holderBeside(strayBrief());
  plain.silence("web1");
  plain.pass(LONG_MS);
  assert.deepEqual(kinds(plain), ["probe-program", "start-program"]);
});
