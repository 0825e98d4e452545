import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../base/time.js";
import { asShown } from "./finding-shown.js";
import { networkName, nodeName } from "./names.js";
import type { Finding } from "./note.js";

const [n1, n2, n3] = [nodeName("n1"), nodeName("n2"), nodeName("n3")];
const network = networkName("a");

/** What n1 shows of what it found. */
function shown(...findings: readonly Finding[]): readonly Finding[] {
  const view = { cluster: "shop", node: n1, configHash: "0", paused: false, nodes: [], services: [] };
  const since = instant(0);
  return asShown({ ...view, findings: findings.map((finding) => ({ finding, since })) }).findings.map(
    ({ finding }) => finding,
  );
}

const differs: Finding = { kind: "key-differs", node: n2 };

test("that a node is down is shown before the packets of another key in its name, which prove nothing", () => {
  const [down, other]: readonly Finding[] = [
    { kind: "node-down", node: n2 },
    { kind: "node-down", node: n3 },
  ];
  const differsToo: Finding = { kind: "key-differs", node: n3 };
  assert.ok(down !== undefined && other !== undefined);
  assert.deepEqual(shown(differs, down), [down, differs]);
  assert.deepEqual(shown(differs, differsToo, down, other), [down, differs, other, differsToo]);
});

test("what else misses a node with another key is not shown beside that, and is without", () => {
  const missed: readonly Finding[] = [
    { kind: "pair-cut", network, nodes: [n1, n2] },
    { kind: "one-way", network, from: n1, to: n2 },
    { kind: "agent-impaired", what: "peer stream n2", problem: "its secret file has another key than ours" },
  ];
  assert.deepEqual(shown(differs, ...missed), [differs]);
  assert.deepEqual(shown(...missed), missed);
});

test("what is about other nodes is shown", () => {
  const others: readonly Finding[] = [
    { kind: "node-down", node: n3 },
    { kind: "pair-cut", network, nodes: [n2, n3] },
    { kind: "agent-impaired", what: "peer stream n3", problem: "its secret file has another key than ours" },
  ];
  assert.deepEqual(shown(differs, ...others), [differs, ...others]);
});

test("a machine that claims an address may be the one node with another key, unless it is known which it is", () => {
  const contested = { kind: "address-contested", address: "10.0.0.1", mac: "52:54:00:00:00:01" } as const;
  assert.deepEqual(shown(differs, contested), [differs, { ...contested, suspect: n2 }]);
  assert.deepEqual(shown(differs, { ...contested, node: n2 }), [differs, { ...contested, node: n2 }]);
  assert.deepEqual(shown(differs, { ...contested, node: n3 }), [differs, { ...contested, node: n3 }]);
  assert.deepEqual(shown(contested), [contested]);
  const differsToo: Finding = { kind: "key-differs", node: n3 };
  assert.deepEqual(shown(differs, differsToo, contested), [differs, differsToo, contested]);
});
