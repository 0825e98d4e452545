/* Random faults over whole virtual clusters: first nothing wrong may be said, then all that is true must be known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../base/random.js";
import { after, milliseconds, seconds, type Instant } from "../../base/time.js";
import type { DetectorReport } from "../../model/heartbeat.js";
import { CALM, DetectorNetwork, networkId } from "../../../test/support/detector-network.js";

const SEEDS = 60;
const NODES = 4;
const NETWORKS = 2;

type Condition = "well" | "frozen" | "crashed";

/** What happened, as the world knows it. */
interface Script {
  readonly net: DetectorNetwork;
  readonly condition: Map<number, Condition>;
  /** By node: since when nothing has kept it from being heard. */
  readonly wellSince: Map<number, Instant>;
}

/** Faults of single nodes, on networks that lose nothing: then every verdict can be held against the truth. */
function nodeFault({ net, condition, wellSince }: Script, random: Random): void {
  const node = random.between(1, NODES);
  const state = condition.get(node);
  if (state === "well") {
    const next = random.chance(0.5) ? "frozen" : "crashed";
    if (next === "frozen") net.freeze(node);
    else net.crash(node);
    condition.set(node, next);
    wellSince.delete(node);
    return;
  }
  if (state === "frozen") net.thaw(node);
  else net.restart(node);
  condition.set(node, "well");
  wellSince.set(node, net.now);
}

function begin(seed: number, changes: Partial<typeof CALM> = {}): Script {
  const net = new DetectorNetwork({ seed, nodes: NODES, networks: NETWORKS, ...changes });
  const nodes = Array.from({ length: NODES }, (_, index) => index + 1);
  return {
    net,
    condition: new Map(nodes.map((node) => [node, "well"])),
    wellSince: new Map(nodes.map((node) => [node, net.now])),
  };
}

function recover({ net, condition }: Script): void {
  net.heal();
  for (const [node, state] of condition) {
    if (state === "frozen") net.thaw(node);
    if (state === "crashed") net.restart(node);
    condition.set(node, "well");
  }
}

const aboutPeers = new Set(["peer-heard", "peer-silent", "peer-said-goodbye", "peer-unanswered"]);

/** The last word of one node on another. */
function lastWord(net: DetectorNetwork, node: number, peer: number): DetectorReport | undefined {
  return net.reports.findLast(
    (entry) =>
      entry.node === node && aboutPeers.has(entry.report.kind) && "peer" in entry.report && entry.report.peer === peer,
  )?.report;
}

test("nobody who could be heard is ever called silent", () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const script = begin(seed);
    const random = new Random(seed, "faults");
    for (let step = 0; step < 40; step += 1) {
      const from = script.net.now;
      // Who is well over the whole step, and was so for a moment before it.
      const well = new Set([...script.wellSince].filter(([, since]) => since < from - 20_000).map(([node]) => node));
      script.net.run(milliseconds(random.between(1, 300)));
      for (const { node, report } of script.net.reported("peer-silent", { since: from })) {
        assert.ok(!(well.has(node) && well.has(report.peer)), `seed ${seed}: ${node} calls ${report.peer} silent`);
      }
      nodeFault(script, random);
    }
  }
});

test("once faults end, every node knows every other as it is, and hears it everywhere", () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const script = begin(seed, {
      loss: 0.05,
      duplication: 0.05,
      delayMax: milliseconds(8),
      wakeDelayMax: milliseconds(2),
    });
    const random = new Random(seed, "faults");
    for (let step = 0; step < 30; step += 1) {
      if (random.chance(0.5)) nodeFault(script, random);
      else
        script.net.cut(random.between(1, NODES), random.between(1, NODES), networkId(random.between(0, NETWORKS - 1)));
      if (random.chance(0.1)) script.net.heal();
      script.net.run(milliseconds(random.between(1, 300)));
    }
    recover(script);
    script.net.run(seconds(2));
    for (let node = 1; node <= NODES; node += 1) checkKnowledge(script.net, node, seed);
  }
});

function checkKnowledge(net: DetectorNetwork, node: number, seed: number): void {
  for (let peer = 1; peer <= NODES; peer += 1) {
    if (peer === node) continue;
    const word = lastWord(net, node, peer);
    const incarnation = net.incarnation(peer);
    assert.deepEqual(word, { kind: "peer-heard", peer, incarnation }, `seed ${seed}: ${node} of ${peer}`);
    for (let network = 0; network < NETWORKS; network += 1) {
      for (let subject = 1; subject <= NODES; subject += 1) {
        if (subject === peer) continue;
        const pair = [peer, subject, networkId(network)];
        const heard = net
          .reported("hearing-changed", { node })
          .findLast(({ report }) => [report.observer, report.subject, report.network].join() === pair.join());
        assert.equal(heard?.report.heard, true, `seed ${seed}: ${node} on ${pair.join()}`);
      }
    }
  }
}

test("a crash is noticed by all within the timeout, a round trip and a round, in any phase", () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { net } = begin(seed);
    net.run(milliseconds(1_000 + seed * 1.7));
    const crashedAt = net.now;
    net.crash(1);
    net.run(seconds(1));
    const silent = net.reported("peer-silent", { since: crashedAt });
    assert.deepEqual(silent.map(({ node }) => node).sort(), [2, 3, 4]);
    for (const { at } of silent)
      assert.ok(at > after(crashedAt, milliseconds(74)) && at < after(crashedAt, milliseconds(104)));
  }
});

test("the same seed gives the same reports", () => {
  const run = (): unknown => {
    const script = begin(7, { loss: 0.1, duplication: 0.1, delayMax: milliseconds(10) });
    const random = new Random(7, "faults");
    for (let step = 0; step < 20; step += 1) {
      nodeFault(script, random);
      script.net.run(milliseconds(random.between(1, 300)));
    }
    return script.net.reports;
  };
  assert.deepEqual(run(), run());
});
