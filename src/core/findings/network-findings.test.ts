import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, seconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import { type NodeName, networkName, nodeName, wireId } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import { Membership } from "../membership/membership.js";
import { Roster } from "../membership/roster.js";
import { networkFindings } from "./network-findings.js";

const names = ["n1", "n2", "n3"].map(nodeName);
const [a, b] = [networkName("a"), networkName("b")];
const [n1, n2, n3] = names as [NodeName, NodeName, NodeName];

function clusterOf(nodes: readonly NodeName[]): Cluster {
  return {
    name: "c",
    secretFile: "/s",
    port: 1,
    detection: { interval: milliseconds(25), timeout: milliseconds(100) },
    damping: { failures: 3, within: seconds(1), ban: seconds(1), banMax: seconds(1) },
    networks: [a, b].map((name) => ({ name, ping: [] })),
    nodes: nodes.map((name) => ({ name, networks: [a, b].map((network) => ({ network, address: "" })), paths: [] })),
    services: [],
    hash: "0".repeat(64),
  };
}

/** What n1 finds when everybody hears everybody, but for the given directed links. */
function findings(
  nodes: readonly NodeName[],
  deaf: (observer: NodeName, subject: NodeName, network: string) => boolean,
  noCarrier: readonly NodeName[] = [],
): readonly Finding[] {
  const cluster = clusterOf(nodes);
  const roster = new Roster(cluster, n1);
  const membership = new Membership(instant(0), roster);
  for (const peer of roster.peers)
    membership.report(instant(0), { kind: "peer-heard", peer: wireId(peer), incarnation: 1 });
  for (const network of [a, b]) {
    for (const observer of nodes) {
      for (const subject of nodes) {
        if (observer !== subject && !deaf(observer, subject, network))
          membership.map.set({ observer, subject, network }, true);
      }
    }
  }
  const carrier = (node: NodeName, network: string): boolean => network !== a || !noCarrier.includes(node);
  return networkFindings({ cluster, roster, membership, carrier, versions: { min: 1, max: 1 } });
}

test("all is well: nothing is found", () => {
  assert.deepEqual(
    findings(names, () => false),
    [],
  );
});

test("HS-1: a network on which nobody hears anybody is down", () => {
  const found = findings(names, (_o, _s, network) => network === a);
  assert.deepEqual(found, [{ kind: "network-down", network: a }]);
});

test("HS-1: a network whose switch has no power takes the carrier from all: it is down, not every link", () => {
  const deaf = (_o: NodeName, _s: NodeName, network: string): boolean => network === a;
  assert.deepEqual(findings(names, deaf, names), [{ kind: "network-down", network: a }]);
});

test("HS-1: a node that is silent and deaf on a network has a broken link", () => {
  const found = findings(names, (o, s, network) => network === a && (o === n2 || s === n2));
  assert.deepEqual(found, [{ kind: "link-down", node: n2, network: a }]);
});

test("of two nodes, the one without a carrier has the broken link", () => {
  const deaf = (_o: NodeName, _s: NodeName, network: string): boolean => network === a;
  assert.deepEqual(findings([n1, n2], deaf), [{ kind: "network-down", network: a }]);
  assert.deepEqual(findings([n1, n2], deaf, [n2]), [{ kind: "link-down", node: n2, network: a }]);
});

test("one missing direction is one-way, both are a cut pair", () => {
  const oneWay = findings(names, (o, s, network) => network === b && o === n3 && s === n2);
  assert.deepEqual(oneWay, [{ kind: "one-way", network: b, from: n3, to: n2 }]);
  const cut = findings(names, (o, s, network) => network === b && o !== n1 && s !== n1);
  assert.deepEqual(cut, [{ kind: "pair-cut", network: b, nodes: [n2, n3] }]);
});

test("of a node that is known only through others nobody says what it does not hear", () => {
  const apart = (o: NodeName, s: NodeName): boolean => (o === n1 && s === n3) || (o === n3 && s === n1);
  const found = findings(names, (o, s) => apart(o, s) || (o === n3 && s === n2));
  assert.deepEqual(
    found,
    [a, b].map((network) => ({ kind: "pair-cut", network, nodes: [n1, n3] })),
  );
});
