/** A holder begins nothing beside a stray whose node fell silent, where that can be fenced. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fenceConfig } from "../../../test/scenarios/fence-bench.js";
import { NETWORKS, NetworkedNode, SHOP } from "../../../test/support/networked-node.js";
import { DB, kinds, LONG_MS, says, strayBrief, withPrograms } from "../../../test/support/stray-bench.js";
import { milliseconds } from "../../base/time.js";
import type { FenceConfig, Stray } from "../../model/fencing.js";
import { nodeName, wireId } from "../../model/names.js";
import { NOTHING_SAVED, type NodeState } from "../../model/node-state.js";
import { programName } from "../../model/program.js";

const MACHINE = { boot: "a", remains: [] };
const OPEN = { unlooked: [{ service: SHOP.name, program: DB.name }] };
const STRAY: Stray = {
  node: nodeName("web1"),
  service: SHOP.name,
  program: programName("db"),
  incarnation: 1,
  version: 2,
  boot: "a",
};
const WAITS = ["probe-program"];
const BEGINS = ["probe-program", "start-program"];
const BY_HAND = fenceConfig(["pdu"], { when: [] });

const alone = (fence: FenceConfig | undefined, strays: readonly Stray[] = []): NetworkedNode =>
  new NetworkedNode({
    service: withPrograms([DB], ["web3", "web1", "web2"]),
    saved: { ...NOTHING_SAVED, strays },
    ...(fence === undefined ? {} : { fence }),
  });

/** The node web3 holds the service, and waits for what web1 found. */
function holderBeside(fence: FenceConfig | undefined): NetworkedNode {
  const node = alone(fence);
  says(node, "web1", 2, { programs: [strayBrief()], machine: MACHINE });
  says(node, "web2", 1, {});
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  assert.deepEqual([node.view().services[0]?.holder, kinds(node)], ["web3", WAITS]);
  return node;
}

/** The same, once web1 is silent. */
function holderBesideSilent(fence: FenceConfig | undefined): NetworkedNode {
  const node = holderBeside(fence);
  node.silence("web1");
  node.pass(LONG_MS);
  return node;
}

/** The node web1 is heard again, and says this. */
function returns(node: NetworkedNode, incarnation: number, version: number, state: Partial<NodeState>): void {
  node.report({ kind: "peer-heard", peer: wireId(nodeName("web1")), incarnation });
  for (const network of Object.keys(NETWORKS)) node.hear("web1", network, true);
  says(node, "web1", version, { incarnation, ...state });
  node.pass(10);
}

const fenceNotes = (node: NetworkedNode): readonly string[] =>
  node.notes.flatMap(({ code }) => (code.startsWith("fence.") ? [code] : []));

test("it is waited for until it is fenced", () => {
  const node = holderBesideSilent(fenceConfig(["pdu"]));
  assert.deepEqual([kinds(node), fenceNotes(node)], [WAITS, ["fence.began"]]);
  const [order] = node.errands;
  assert.ok(order?.kind === "run-errand");
  const { errand } = order;
  node.take({ kind: "errand-ended", errand, outcome: { problem: undefined, output: "", took: milliseconds(1) } });
  node.pass(10);
  assert.deepEqual([kinds(node), fenceNotes(node)], [BEGINS, ["fence.began", "fence.done"]]);
  assert.equal(node.told?.strays, undefined);
  node.pass(LONG_MS);
  assert.deepEqual(fenceNotes(node), ["fence.began", "fence.done"]);
});

test("where nothing is fenced by itself, until an operator says that it is off", () => {
  const node = holderBesideSilent(BY_HAND);
  assert.deepEqual([kinds(node), fenceNotes(node)], [WAITS, []]);
  node.take({ kind: "command-received", id: "1", command: { kind: "fence", node: nodeName("web1"), isOff: true } });
  node.pass(10);
  assert.deepEqual(kinds(node), BEGINS);
});

test("or until its node is heard again, and says that nothing of it runs", () => {
  const node = holderBesideSilent(BY_HAND);
  returns(node, 1, 3, { programs: [strayBrief()], machine: MACHINE });
  assert.deepEqual(kinds(node), WAITS);
  says(node, "web1", 4, { machine: MACHINE });
  node.pass(10);
  assert.deepEqual(kinds(node), BEGINS);
});

test("nobody waits where it cannot be fenced, or begins what it has begun", () => {
  assert.deepEqual(kinds(holderBesideSilent(undefined)), BEGINS);
  const node = alone(fenceConfig(["pdu"]));
  for (const peer of ["web1", "web2"]) {
    says(node, peer, 1, {});
    node.claimNothing(peer);
  }
  node.pass(LONG_MS);
  says(node, "web1", 2, { programs: [strayBrief()], machine: MACHINE });
  node.silence("web1");
  node.pass(LONG_MS);
  assert.deepEqual([kinds(node), fenceNotes(node)], [BEGINS, []]);
});

for (const [boot, found] of [
  ["a", WAITS],
  ["b", BEGINS],
] as const) {
  test(`an agent that begins anew and falls silent before it has looked: in the ${boot === "a" ? "same" : "next"} boot`, () => {
    const node = holderBesideSilent(BY_HAND);
    returns(node, 2, 1, { ...OPEN, machine: { ...MACHINE, boot } });
    assert.deepEqual(kinds(node), WAITS);
    node.silence("web1");
    node.pass(LONG_MS);
    assert.deepEqual(kinds(node), found);
  });
}

test("a node tells of it while it does not hear the other itself, and only of what it heard from that", () => {
  const node = holderBeside(BY_HAND);
  assert.equal(node.told?.strays, undefined);
  node.silence("web1");
  node.pass(LONG_MS);
  assert.deepEqual(node.told?.strays, [STRAY]);
  const other = alone(BY_HAND);
  other.silence("web1");
  says(other, "web2", 1, { strays: [STRAY] });
  other.claimNothing("web2");
  other.pass(LONG_MS);
  assert.deepEqual([kinds(other), other.told?.strays], [WAITS, undefined]);
  says(other, "web2", 2, {});
  other.pass(10);
  assert.deepEqual(kinds(other), BEGINS);
});

test("what a node said itself counts for more than what others heard of it before", () => {
  const node = alone(BY_HAND);
  says(node, "web1", 3, { machine: MACHINE });
  node.silence("web1");
  says(node, "web2", 1, { strays: [STRAY] });
  node.claimNothing("web2");
  node.pass(LONG_MS);
  assert.deepEqual(kinds(node), BEGINS);
});

test("the next agent knows of it", () => {
  const node = alone(BY_HAND, [STRAY]);
  node.silence("web1");
  node.claimNothing("web2");
  node.pass(LONG_MS);
  assert.deepEqual([kinds(node), node.told?.strays], [WAITS, [STRAY]]);
});
