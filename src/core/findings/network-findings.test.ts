import assert from "node:assert/strict";
import { test } from "node:test";
import { instant, milliseconds, seconds } from "../../base/time.js";
import type { DetectorReport } from "../../model/heartbeat.js";
import type { Cluster } from "../../model/cluster.js";
import { type NodeName, type ServiceName, networkName, nodeName, serviceName, wireId } from "../../model/names.js";
import type { Finding } from "../../model/note.js";
import { Membership } from "../membership/membership.js";
import { Roster } from "../membership/roster.js";
import { networkFindings } from "./network-findings.js";

const names = ["n1", "n2", "n3"].map(nodeName);
const [a, b] = [networkName("a"), networkName("b")];
const shop = serviceName("shop");
const servicesOn = (network: string): readonly ServiceName[] => (network === a ? [shop] : []);
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

type Deaf = (observer: NodeName, subject: NodeName, network: string) => boolean;

interface Around {
  /** Without a carrier on network a. */
  readonly noCarrier?: readonly NodeName[];
  /** Whose file does not have network a. */
  readonly notOnA?: readonly NodeName[];
  readonly silent?: readonly NodeName[];
  readonly prepare?: (membership: Membership) => void;
}

/** What n1 finds when everybody hears everybody, but for the given directed links. */
function findings(
  nodes: readonly NodeName[],
  deaf: Deaf,
  { noCarrier = [], notOnA = [], silent = [], prepare }: Around = {},
): readonly Finding[] {
  const cluster = clusterOf(nodes);
  const roster = new Roster(cluster, n1);
  const membership = new Membership(instant(0), roster);
  for (const peer of roster.peers) {
    if (!silent.includes(peer)) hear(membership, peer);
  }
  prepare?.(membership);
  for (const network of [a, b]) {
    for (const observer of nodes) {
      for (const subject of nodes) {
        if (observer !== subject && !deaf(observer, subject, network))
          membership.map.set({ observer, subject, network }, true);
      }
    }
  }
  const carrier = (node: NodeName, network: string): boolean => network !== a || !noCarrier.includes(node);
  const isOn = (node: NodeName, network: string): boolean => network !== a || !notOnA.includes(node);
  return networkFindings({ cluster, roster, membership, carrier, isOn, versions: { min: 1, max: 1 }, servicesOn });
}

const hear = (membership: Membership, peer: NodeName): unknown =>
  membership.report(instant(0), { kind: "peer-heard", peer: wireId(peer), incarnation: 1 });

/** Whether a node hears another on network a. */
const notOn =
  (broken: string): Deaf =>
  (_observer, _subject, network) =>
    network === broken;

test("all is well: nothing is found", () => {
  assert.deepEqual(
    findings(names, () => false),
    [],
  );
});

test("HS-1: a network on which nobody hears anybody is down", () => {
  const found = findings(names, (_o, _s, network) => network === a);
  assert.deepEqual(found, [{ kind: "network-down", network: a, services: [shop] }]);
});

test("HS-1: a network whose switch has no power takes the carrier from all: it is down, not every link", () => {
  const deaf = (_o: NodeName, _s: NodeName, network: string): boolean => network === a;
  assert.deepEqual(findings(names, deaf, { noCarrier: names }), [
    { kind: "network-down", network: a, services: [shop] },
  ]);
});

test("HS-1: a node that is silent and deaf on a network has a broken link", () => {
  const found = findings(names, (o, s, network) => network === a && (o === n2 || s === n2));
  assert.deepEqual(found, [{ kind: "link-down", node: n2, network: a }]);
});

test("of two nodes, the one without a carrier has the broken link", () => {
  const deaf = (_o: NodeName, _s: NodeName, network: string): boolean => network === a;
  assert.deepEqual(findings([n1, n2], deaf), [{ kind: "network-down", network: a, services: [shop] }]);
  assert.deepEqual(findings([n1, n2], deaf, { noCarrier: [n2] }), [{ kind: "link-down", node: n2, network: a }]);
});

test("one missing direction is one-way, both are a cut pair", () => {
  const oneWay = findings(names, (o, s, network) => network === b && o === n3 && s === n2);
  assert.deepEqual(oneWay, [{ kind: "one-way", network: b, from: n3, to: n2 }]);
  const cut = findings(names, (o, s, network) => network === b && o !== n1 && s !== n1);
  assert.deepEqual(cut, [{ kind: "pair-cut", network: b, nodes: [n2, n3] }]);
});

test("a network in two halves is split, whatever pairs that makes", () => {
  const six = [...names, ...["n4", "n5", "n6"].map(nodeName)];
  const half = (node: NodeName): boolean => six.indexOf(node) < 3;
  const found = findings(six, (o, s, network) => network === b && half(o) !== half(s));
  assert.deepEqual(found, [{ kind: "network-split", network: b, parts: [six.slice(0, 3), six.slice(3)] }]);
});

test("of many pairs that are cut, their number is told and who is in most of them", () => {
  const many = Array.from({ length: 12 }, (_, index) => nodeName(`n${index + 1}`));
  const found = findings(many, (o, s, network) => network === b && [o, s].includes(n2) && ![o, s].includes(n1));
  assert.deepEqual(found, [{ kind: "pairs-cut", network: b, pairs: 10, node: n2 }]);
});

test("of a node that is known only through others nobody says what it does not hear", () => {
  const apart = (o: NodeName, s: NodeName): boolean => (o === n1 && s === n3) || (o === n3 && s === n1);
  const found = findings(names, (o, s) => apart(o, s) || (o === n3 && s === n2));
  assert.deepEqual(
    found,
    [a, b].map((network) => ({ kind: "pair-cut", network, nodes: [n1, n3] })),
  );
});

test("a node whose own cable is cut says so as long as it is, whoever else is heard", () => {
  const alone = findings([n1, n2], () => true, { silent: [n2], noCarrier: [n1] });
  assert.deepEqual(alone, [{ kind: "link-down", node: n1, network: a }]);
});

test("a peer that is heard on a network has a link there, whatever its latest state says", () => {
  assert.deepEqual(
    findings([n1, n2], () => false, { noCarrier: [n2] }),
    [],
  );
});

test("a network that a peer's file does not have yet is not down", () => {
  assert.deepEqual(findings([n1, n2], notOn(a), { notOnA: [n2] }), []);
});

test("right after a peer is back, nobody says that a network is down before it could tell of its links", () => {
  const bulletin = (version: number, stateDigest: number): DetectorReport => ({
    kind: "bulletin-heard",
    peer: wireId(n2),
    incarnation: 1,
    answered: true,
    bulletin: { version, stateDigest, claims: [] },
  });
  const gone = (membership: Membership): void => {
    membership.report(instant(0), bulletin(1, 11));
    const silence = milliseconds(100);
    membership.report(instant(1), { kind: "peer-silent", peer: wireId(n2), incarnation: 1, silence });
    hear(membership, n2);
  };
  const changed = (membership: Membership): void => {
    gone(membership);
    membership.report(instant(2), bulletin(2, 12));
  };
  const networkDown = [{ kind: "network-down", network: b, services: [] }];
  assert.deepEqual(findings([n1, n2], notOn(b), { prepare: gone }), networkDown, "its state is what it was");
  assert.deepEqual(findings([n1, n2], notOn(b), { prepare: changed }), []);
});
