import assert from "node:assert/strict";
import { test } from "node:test";
import { after, instant, milliseconds } from "../base/time.js";
import type { Cluster } from "../model/cluster.js";
import type { Bulletin, DetectorReport } from "../model/heartbeat.js";
import { type NodeName, networkName, nodeName, wireId } from "../model/names.js";
import type { NodeEffect } from "../model/node-io.js";
import type { NodeState } from "../model/node-state.js";
import { Effects } from "./effects.js";
import { Membership } from "./membership/membership.js";
import { type RelayedWord, RelayRefusals, refusalOf } from "./membership/relay-refusals.js";
import { Roster } from "./membership/roster.js";
import { Relay } from "./relay.js";
import { nodeState } from "../../test/support/node-state.js";

const [HERE, LEFT, RIGHT] = ["here", "left", "right"].map(nodeName) as [NodeName, NodeName, NodeName];
const NETWORKS = ["a", "b"].map(networkName);
const NOW = instant(1_000_000);

const CLUSTER: Cluster = {
  name: "shop",
  secretFile: "/etc/locum/secret",
  port: 4994,
  detection: { interval: milliseconds(25), timeout: milliseconds(100) },
  damping: { failures: 3, within: milliseconds(1_000), ban: milliseconds(1_000), banMax: milliseconds(1_000) },
  networks: NETWORKS.map((name) => ({ name, ping: [] })),
  nodes: [HERE, LEFT, RIGHT].map((name, index) => ({
    name,
    networks: NETWORKS.map((network, nth) => ({ network, address: `10.${nth}.0.${index + 1}` })),
    paths: [],
  })),
  services: [],
  hash: "00000000",
};

const bulletin = (version: number): Bulletin => ({ version, stateDigest: 0, claims: [] });

const state = (node: NodeName, incarnation: number, version: number): NodeState =>
  nodeState(node, { incarnation, version });

/** A node that hears two others on both networks, and they it. */
class Middle {
  readonly roster = new Roster(CLUSTER, HERE);
  readonly membership = new Membership(NOW, this.roster);
  readonly relay = new Relay();
  now = NOW;
  readonly #effects = new Effects();

  constructor() {
    for (const peer of [LEFT, RIGHT]) {
      this.report({ kind: "peer-heard", peer: wireId(peer), incarnation: 1 });
      this.report({
        kind: "peer-described",
        peer: wireId(peer),
        configDigest: 7,
        topologyDigest: 0,
        versions: { min: 1, max: 1 },
      });
      for (const network of NETWORKS) {
        this.hearing(HERE, peer, network, true);
        this.hearing(peer, HERE, network, true);
      }
      this.says(peer, 1);
    }
  }

  report(report: DetectorReport): void {
    this.membership.report(NOW, report);
  }

  hearing(observer: NodeName, subject: NodeName, network: (typeof NETWORKS)[number], heard: boolean): void {
    const pair = { observer: wireId(observer), subject: wireId(subject), network: wireId(network) };
    this.report({ kind: "hearing-changed", ...pair, heard });
  }

  says(peer: NodeName, version: number, incarnation = 1): void {
    const content = { answered: true, bulletin: bulletin(version) };
    this.report({ kind: "bulletin-heard", peer: wireId(peer), incarnation, ...content });
  }

  /** What is passed on now and in the course of a timeout: to whom, from whom, which version. */
  passesOn(): readonly string[] {
    const atOnce = this.passesOnAtOnce();
    this.now = after(this.now, CLUSTER.detection.timeout);
    return [...atOnce, ...this.passesOnAtOnce()];
  }

  passesOnAtOnce(): readonly string[] {
    this.relay.review(this.now, { ...this, cluster: CLUSTER }, this.#effects);
    return this.#effects.take().map(textOf);
  }
}

function textOf(effect: NodeEffect): string {
  if (effect.kind === "relay-state")
    return `state ${effect.state.version} of ${effect.state.node} to ${effect.to.join()}`;
  if (effect.kind !== "relay-bulletin") return effect.kind;
  const { node, bulletin: content } = effect.relayed;
  return `bulletin ${content.version} of ${node} to ${effect.to.join()}`;
}

test("only whoever says that it misses another on every network is told of it, once, and then of what is new", () => {
  const middle = new Middle();
  assert.deepEqual(middle.passesOn(), [], "nobody said anything of the other");
  middle.hearing(LEFT, RIGHT, networkName("a"), false);
  middle.hearing(LEFT, RIGHT, networkName("b"), true);
  assert.deepEqual(middle.passesOn(), []);
  middle.hearing(LEFT, RIGHT, networkName("b"), false);
  assert.deepEqual(middle.passesOn(), ["bulletin 1 of right to left"]);
  assert.deepEqual(middle.passesOn(), []);
  middle.says(RIGHT, 2);
  middle.membership.setState(NOW, RIGHT, state(RIGHT, 1, 5));
  assert.deepEqual(middle.passesOn(), ["bulletin 2 of right to left", "state 5 of right to left"]);
  middle.says(LEFT, 9);
  assert.deepEqual(middle.passesOn(), [], "the other way they hear each other, for all that is known");
});

test("a relation counts once it has lasted for a timeout; what is new in it is passed on at once", () => {
  const middle = new Middle();
  for (const network of NETWORKS) middle.hearing(LEFT, RIGHT, network, false);
  assert.deepEqual(middle.passesOnAtOnce(), []);
  const due = middle.relay.deadline();
  assert.deepEqual(due, { at: after(NOW, CLUSTER.detection.timeout), why: "relay" });
  middle.hearing(RIGHT, LEFT, networkName("a"), true);
  middle.now = due?.at ?? NOW;
  assert.deepEqual(middle.passesOnAtOnce(), ["bulletin 1 of right to left"]);
  assert.equal(middle.relay.deadline(), undefined);
  middle.says(RIGHT, 2);
  assert.deepEqual(middle.passesOnAtOnce(), ["bulletin 2 of right to left"]);
});

/** The two miss each other, and have been told of each other. */
function between(): Middle {
  const middle = new Middle();
  for (const network of NETWORKS) {
    middle.hearing(LEFT, RIGHT, network, false);
    middle.hearing(RIGHT, LEFT, network, false);
  }
  assert.deepEqual(middle.passesOn(), ["bulletin 1 of left to right", "bulletin 1 of right to left"]);
  return middle;
}

test("a new stream, a new run of the receiver and a new beginning of the relation are told everything again", () => {
  const middle = between();
  middle.relay.connected(LEFT);
  assert.deepEqual(middle.passesOn(), ["bulletin 1 of right to left"]);
  middle.report({ kind: "peer-heard", peer: wireId(RIGHT), incarnation: 2 });
  assert.deepEqual(middle.passesOn(), ["bulletin 1 of left to right"]);
  middle.says(RIGHT, 1, 2);
  assert.deepEqual(middle.passesOn(), ["bulletin 1 of right to left"]);
  middle.hearing(LEFT, RIGHT, networkName("a"), true);
  assert.deepEqual(middle.passesOn(), []);
  middle.hearing(LEFT, RIGHT, networkName("a"), false);
  assert.deepEqual(middle.passesOn(), ["bulletin 1 of right to left"]);
});

test("nothing is passed on from or to a node that is down, or of one that only others hear", () => {
  for (const deafTo of [LEFT, RIGHT]) {
    const middle = between();
    for (const network of NETWORKS) middle.hearing(HERE, deafTo, network, false);
    middle.says(LEFT, 2);
    middle.says(RIGHT, 2);
    assert.deepEqual(middle.passesOn(), []);
  }
  const middle = between();
  middle.report({ kind: "peer-said-goodbye", peer: wireId(LEFT), incarnation: 1 });
  middle.says(RIGHT, 2);
  assert.deepEqual(middle.passesOn(), []);
});

test("of what is heard and what is passed on, the newest is kept, whichever way and in whatever order it comes", () => {
  const { membership } = new Middle();
  const relayed = (incarnation: number, version: number): boolean =>
    membership.relayed(RIGHT, { node: LEFT, incarnation, configDigest: 7, bulletin: bulletin(version) });
  const known = (): unknown => {
    const peer = membership.peer(LEFT);
    return [peer?.incarnation, peer?.bulletin?.version];
  };
  relayed(1, 1);
  assert.equal(relayed(1, 1), false, "it was heard already");
  assert.equal(relayed(1, 4), true);
  membership.report(NOW, {
    kind: "bulletin-heard",
    peer: wireId(LEFT),
    incarnation: 1,
    answered: true,
    bulletin: bulletin(3),
  });
  assert.deepEqual(known(), [1, 4]);
  assert.equal(relayed(2, 1), true);
  assert.equal(relayed(1, 9), false);
  membership.report(NOW, { kind: "peer-heard", peer: wireId(LEFT), incarnation: 1 });
  assert.deepEqual(known(), [2, 1]);
  assert.equal(membership.setState(NOW, LEFT, state(LEFT, 2, 3)), true);
  for (const [incarnation, version] of [
    [2, 3],
    [2, 2],
    [1, 9],
  ] as const) {
    assert.equal(membership.setState(NOW, LEFT, state(LEFT, incarnation, version)), false);
  }
  assert.equal(membership.setState(NOW, LEFT, state(LEFT, 3, 1)), true);
});

test("a peer's own word on its file counts while it is heard, that of others when it is not", () => {
  const { membership, hearing } = bound(new Middle());
  membership.relayed(RIGHT, { node: LEFT, incarnation: 1, configDigest: 8, bulletin: bulletin(1) });
  const left = membership.peer(LEFT);
  assert.ok(left !== undefined);
  assert.equal(membership.configDigestOf(left), 7);
  for (const network of NETWORKS) hearing(HERE, LEFT, network, false);
  assert.equal(membership.configDigestOf(left), 8);
});

const bound = (middle: Middle): { membership: Membership; hearing: Middle["hearing"] } => ({
  membership: middle.membership,
  hearing: middle.hearing.bind(middle),
});

test("a word that does not fit is refused, and told of once a minute", () => {
  const { membership } = new Middle();
  const word: RelayedWord = { by: RIGHT, about: LEFT, incarnation: 1 };
  const refused = (changes: Partial<RelayedWord>): unknown => refusalOf({ ...word, ...changes }, HERE, membership);
  assert.equal(refused({}), undefined);
  assert.equal(refused({ about: HERE }), "about-receiver");
  assert.equal(refused({ about: RIGHT }), "about-sender");
  assert.equal(refused({ about: nodeName("stranger") }), "unknown-node");
  assert.equal(refused({ incarnation: 0 }), "old-incarnation");
  const tally = new RelayRefusals();
  const told = [0, 1, 59_000, 60_000].map((ms) => tally.note(instant(NOW + ms * 1_000), word, "old-incarnation"));
  assert.deepEqual(
    told.map((note) => note?.code === "relay.refused" && note.count),
    [1, false, false, 3],
  );
});
