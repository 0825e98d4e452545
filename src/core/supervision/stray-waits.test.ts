/** A holder begins no program beside one that still runs, or may, on another node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NetworkedNode } from "../../../test/support/networked-node.js";
import { DB, kinds, LONG_MS, says, strayBrief, withPrograms } from "../../../test/support/stray-bench.js";
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
