import assert from "node:assert/strict";
import { test } from "node:test";
import { type NodeName, networkName, nodeName, serviceName } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { withoutExplained } from "./explained.js";

const [n1, n2, n3] = ["n1", "n2", "n3"].map(nodeName) as [NodeName, NodeName, NodeName];
const a = networkName("a");
const [shop, mail] = [serviceName("shop"), serviceName("mail")];

const cutOff: Finding = { kind: "cut-off", unplugged: [a], unanswered: [] };
const linkDown: Finding = { kind: "link-down", node: n1, network: a };
const down = (node: NodeName): Finding => ({ kind: "node-down", node });
const unplaced: Finding = { kind: "service-unplaced", service: shop };
const differs: Finding = { kind: "configuration-differs", node: n2 };
const disowned: Finding = { kind: "not-known-to-peer", node: n2 };
const noStandby = (...standbys: readonly (readonly [NodeName, UnfitReason])[]): Finding => ({
  kind: "no-standby",
  standbys: standbys.map(([node, reason]) => ({ node, reasons: [reason] })),
  services: [mail],
});
const pairCut = (...nodes: readonly [NodeName, NodeName]): Finding => ({ kind: "pair-cut", network: a, nodes });

/** What n1 tells of all that it found. */
const told = (...found: readonly Finding[]): readonly Finding[] => withoutExplained(n1, found, () => false).told;

test("a node that is cut off blames nobody else, and tells of its own links", () => {
  const withheld = [down(n2), down(n3), unplaced, noStandby([n2, { code: "node-down" }])];
  assert.deepEqual(
    withoutExplained(n1, [cutOff, linkDown, ...withheld], () => false),
    {
      told: [cutOff, linkDown],
      withheld,
    },
  );
  assert.deepEqual(told(...withheld), withheld, "without that cause, each is told");
});

test("files that differ explain what a node does not stand by for, and nothing else", () => {
  const byFile = noStandby([n2, { code: "not-configured" }]);
  assert.deepEqual(told(differs, byFile), [differs]);
  const alsoDown = noStandby([n2, { code: "not-configured" }], [n3, { code: "node-down" }]);
  assert.deepEqual(told(differs, alsoDown), [differs, alsoDown]);
  const drained = noStandby([n2, { code: "drained" }]);
  assert.deepEqual(told(differs, drained), [differs, drained]);
});

test("a node that a peer does not know hears nothing of it for that reason", () => {
  assert.deepEqual(told(disowned, down(n2), down(n3), pairCut(n1, n2), unplaced), [disowned, down(n3)]);
});

test("a third node tells which file is old rather than that two others miss each other", () => {
  const unknown = noStandby([n3, { code: "not-known-to-peer", detail: "n2" }]);
  assert.deepEqual(told(differs, pairCut(n2, n3), unknown), [differs]);
  assert.deepEqual(told(differs, pairCut(n1, n3)), [differs, pairCut(n1, n3)]);
});

test("while files differ, neither a split between them nor many pairs that miss each other is told", () => {
  const split: Finding = { kind: "network-split", network: a, parts: [[n1, n3], [n2]] };
  const many: Finding = { kind: "pairs-cut", network: a, pairs: 9, node: n3 };
  assert.deepEqual(told(differs, split, many), [differs]);
  assert.deepEqual(told(split, many), [split, many]);
  const beside: Finding = { ...split, parts: [[n1], [n2, n3]] };
  assert.deepEqual(told(differs, beside), [differs, beside]);
});

test("what is uncertain is withheld", () => {
  assert.deepEqual(
    withoutExplained(n1, [down(n2), linkDown], ({ kind }) => kind === "node-down"),
    {
      told: [linkDown],
      withheld: [down(n2)],
    },
  );
});
