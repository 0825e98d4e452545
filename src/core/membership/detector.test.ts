import assert from "node:assert/strict";
import { test } from "node:test";
import { inMilliseconds, milliseconds, seconds } from "../../base/time.js";
import type { Bulletin, ClaimBrief } from "../../model/heartbeat.js";
import { DetectorNetwork, latency, networkId } from "../../../test/support/detector-network.js";

const [A, B] = [networkId(0), networkId(1)];
const claim = (service: number): ClaimBrief => ({ service, epoch: 1, state: "holding", target: 0, cause: "none" });
const bulletin = (version: number, services: number): Bulletin => ({
  version,
  stateDigest: version,
  claims: Array.from({ length: services }, (_, index) => claim(index + 1)),
});

const SAYS: ReadonlySet<string> = new Set(["peer-heard", "bulletin-heard"]);

test("two nodes hear each other within the first round trip", () => {
  const net = new DetectorNetwork();
  net.run(milliseconds(2));
  for (const [node, peer] of [
    [1, 2],
    [2, 1],
  ] as const) {
    const [heard] = net.reported("peer-heard", { node });
    assert.deepEqual(heard?.report, { kind: "peer-heard", peer, incarnation: net.incarnation(peer) });
  }
});

test("nothing is reported twice, and nothing at all while all is well", () => {
  const net = new DetectorNetwork({ nodes: 4 });
  net.run(milliseconds(200));
  const settled = net.now;
  net.run(seconds(20));
  assert.equal(net.reported("peer-heard").length, 4 * 3);
  const later = net.reports.filter(({ at, report }) => at > settled && report.kind !== "round-trip-measured");
  assert.deepEqual(later, []);
});

test("a crashed node is silent after the timeout, and heard again with its next incarnation", () => {
  const net = new DetectorNetwork();
  net.run(seconds(1));
  const crashedAt = net.now;
  net.crash(2);
  net.run(seconds(1));
  const [silent, ...more] = net.reported("peer-silent");
  assert.equal(more.length, 0);
  assert.deepEqual([silent?.node, silent?.report.peer, silent?.report.incarnation], [1, 2, net.incarnation(2)]);
  const took = inMilliseconds(
    latency(
      [silent].flatMap((entry) => entry ?? []),
      crashedAt,
    ),
  );
  assert.ok(took > 74 && took < 102, `${took} ms`);
  net.restart(2);
  const restartedAt = net.now;
  net.run(milliseconds(5));
  const [heard] = net.reported("peer-heard", { node: 1, since: restartedAt });
  assert.equal(heard?.report.incarnation, net.incarnation(2));
});

test("a peer that was silent says anew what it claims, when it is heard again", () => {
  const net = new DetectorNetwork();
  net.tell(2, { kind: "bulletin-published", bulletin: bulletin(1, 1), urgent: true });
  net.run(seconds(1));
  for (const network of [A, B]) net.cut(2, 1, network);
  net.run(seconds(1));
  const healedAt = net.now;
  net.heal();
  net.run(milliseconds(100));
  const kinds = net.reports
    .filter(({ node, at, report }) => node === 1 && at >= healedAt && SAYS.has(report.kind))
    .map(({ report }) => report.kind);
  assert.deepEqual(kinds, ["peer-heard", "bulletin-heard"]);
  const [said] = net.reported("bulletin-heard", { node: 1, since: healedAt });
  assert.deepEqual(said?.report.bulletin, bulletin(1, 1));
});

test("a node that was frozen for 10 s declares nobody dead before another timeout has passed", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  net.freeze(1);
  net.run(milliseconds(10));
  net.crash(2);
  net.run(seconds(10));
  const thawedAt = net.now;
  net.thaw(1);
  net.run(seconds(1));
  const silent = net.reported("peer-silent", { node: 1, since: thawedAt });
  assert.deepEqual(
    silent.map(({ report }) => report.peer),
    [2],
  );
  assert.ok(latency(silent, thawedAt) >= milliseconds(100));
  assert.equal(net.reported("own-stall-noticed", { node: 1 }).length, 1);
});

test("so it does of a peer that died before, all of whose packets it had read", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  net.crash(2);
  net.run(milliseconds(50));
  net.freeze(1);
  net.run(seconds(10));
  const thawedAt = net.now;
  net.thaw(1);
  net.run(seconds(1));
  assert.ok(latency(net.reported("peer-silent", { node: 1, since: thawedAt }), thawedAt) >= milliseconds(100));
});

test("a bulletin of several pages arrives whole, once at each peer", () => {
  const net = new DetectorNetwork({ nodes: 3, loss: 0.2, duplication: 0.1 });
  net.run(seconds(1));
  net.tell(1, { kind: "bulletin-published", bulletin: bulletin(1, 5), urgent: false });
  net.run(seconds(2));
  for (const node of [2, 3]) {
    const heard = net.reported("bulletin-heard", { node }).filter(({ report }) => report.peer === 1 && report.answered);
    assert.deepEqual(
      heard.map(({ report }) => report.bulletin),
      [bulletin(0, 0), bulletin(1, 5)],
    );
  }
});

test("urgent news needs no round, and one lost packet costs 2 ms", () => {
  const net = new DetectorNetwork({ networks: 1 });
  net.run(milliseconds(1_012));
  net.tell(1, { kind: "bulletin-published", bulletin: bulletin(1, 1), urgent: true });
  const publishedAt = net.now;
  net.run(milliseconds(1));
  assert.equal(net.reported("bulletin-heard", { node: 2, since: publishedAt }).length, 1);
  net.cut(1, 2, A);
  net.tell(1, { kind: "bulletin-published", bulletin: bulletin(2, 1), urgent: true });
  const lostAt = net.now;
  net.heal();
  net.run(milliseconds(3));
  assert.equal(net.reported("bulletin-heard", { node: 2, since: lostAt }).length, 1);
});

test("a goodbye is believed at once, and the word of others does not raise the dead", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  net.tell(2, { kind: "departure-decided" });
  const leftAt = net.now;
  net.run(milliseconds(2));
  net.crash(2);
  net.run(seconds(1));
  assert.equal(net.reported("peer-said-goodbye", { since: leftAt }).length, 2);
  assert.deepEqual(net.reported("peer-heard", { since: leftAt }), []);
  assert.deepEqual(net.reported("peer-silent", { since: leftAt }), []);
  assert.deepEqual(net.reported("packets-refused"), []);
});

test("a node that begins with an earlier incarnation than its peers know learns which one they know", () => {
  const net = new DetectorNetwork();
  net.run(seconds(1));
  net.crash(2);
  net.run(seconds(100));
  const before = net.incarnation(2);
  net.restart(2, -500);
  net.run(seconds(1));
  const told = net.reported("own-incarnation-outdated");
  assert.deepEqual(
    told.map(({ node, report }) => [node, report.incarnation]),
    [[2, before]],
  );
  net.restart(2, 501);
  const since = net.now;
  net.run(seconds(1));
  assert.equal(net.reported("peer-heard", { node: 1, since }).at(-1)?.report.incarnation, before + 1);
});

test("a goodbye that comes when its node counts as dead is no sign of life", () => {
  const net = new DetectorNetwork();
  net.run(seconds(1));
  const goodbyes = net.detector(1).prepareGoodbyes(net.clock(1));
  net.crash(1);
  net.run(seconds(1));
  const silentAt = net.now;
  assert.equal(net.reported("peer-silent", { node: 2 }).length, 1);
  for (const goodbye of goodbyes) net.inject(goodbye);
  net.run(seconds(1));
  assert.deepEqual(net.reported("peer-heard", { since: silentAt }), []);
  assert.equal(net.reported("peer-said-goodbye", { since: silentAt }).length, 1);
});

test("a goodbye that was prepared beforehand ends the incarnation, whatever was sent after it", () => {
  const net = new DetectorNetwork();
  net.run(seconds(1));
  const goodbyes = net.detector(1).prepareGoodbyes(net.clock(1));
  assert.deepEqual(
    goodbyes.map(({ addressee, network, kind }) => [addressee, network, kind]),
    [
      [2, A, "goodbye"],
      [2, B, "goodbye"],
    ],
  );
  net.run(seconds(1));
  for (const goodbye of goodbyes) net.inject(goodbye);
  net.run(milliseconds(500));
  assert.equal(net.reported("peer-said-goodbye", { node: 2 }).length, 1);
  assert.deepEqual(
    net.reported("packets-refused", { node: 2 }).map(({ report }) => report.refusal),
    ["ended-incarnation"],
  );
});

test("a lost network is told from a lost node: who hears whom where is reported for all", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  for (const peer of [2, 3]) {
    net.cut(1, peer, A);
    net.cut(peer, 1, A);
  }
  const cutAt = net.now;
  net.run(milliseconds(200));
  const seenBy3 = net
    .reported("hearing-changed", { node: 3, since: cutAt })
    .map(({ report: { observer, subject, network, heard } }) => `${observer} ${subject} ${network} ${heard}`)
    .sort();
  assert.deepEqual(seenBy3, [`1 2 ${A} false`, `1 3 ${A} false`, `2 1 ${A} false`, `3 1 ${A} false`]);
  assert.deepEqual(net.reported("peer-silent"), []);
  net.heal();
  const healedAt = net.now;
  net.run(milliseconds(100));
  const again = net.reported("hearing-changed", { node: 3, since: healedAt });
  assert.equal(again.length, 4);
  assert.ok(again.every(({ report }) => report.heard));
});

test("a node that only others can hear is alive", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  for (const network of [A, B]) {
    net.cut(1, 2, network);
    net.cut(2, 1, network);
  }
  net.run(seconds(1));
  assert.deepEqual(net.reported("peer-silent"), []);
  const crashedAt = net.now;
  net.crash(2);
  net.run(seconds(1));
  const silent = net.reported("peer-silent", { since: crashedAt });
  assert.deepEqual(silent.map(({ node }) => node).sort(), [1, 3]);
});

test("a node that starts while only others hear the peer learns of it, without an incarnation", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  for (const network of [A, B]) {
    net.cut(1, 2, network);
    net.cut(2, 1, network);
  }
  net.run(seconds(1));
  const heard = net.reported("peer-heard", { node: 1 }).filter(({ report }) => report.peer === 2);
  assert.deepEqual(
    heard.map(({ report }) => report.incarnation),
    [0],
  );
  net.heal();
  net.run(milliseconds(100));
  assert.equal(net.reported("peer-heard", { node: 1 }).at(-1)?.report.incarnation, net.incarnation(2));
});

test("on a link that works one way from the start, one side is silent and the other unanswered; both stay so", () => {
  const net = new DetectorNetwork();
  net.tell(2, { kind: "bulletin-published", bulletin: bulletin(1, 1), urgent: false });
  for (const network of [A, B]) net.cut(1, 2, network);
  net.run(seconds(10));
  assert.equal(net.reported("peer-unanswered", { node: 1 }).length, 1);
  assert.deepEqual(net.reported("peer-silent", { node: 1 }), []);
  assert.equal(net.reported("peer-silent", { node: 2 }).length, 1);
  const heard = net.reported("bulletin-heard", { node: 1 });
  assert.deepEqual(
    heard.map(({ report }) => [report.answered, report.bulletin.version]),
    [[false, 1]],
  );
  net.heal();
  net.run(milliseconds(100));
  assert.equal(net.reported("peer-heard").length, 2);
  assert.equal(net.reported("bulletin-heard", { node: 1 }).at(-1)?.report.answered, true);
});

test("a recording of a dead node does not bring it back to life, not even at a node that has just started", () => {
  const net = new DetectorNetwork();
  net.run(seconds(1));
  const old = net.recorded.filter(({ sender }) => sender === 2);
  net.crash(2);
  net.run(seconds(1));
  net.restart(1);
  const startedAt = net.now;
  for (const heartbeat of old) {
    net.inject(heartbeat);
    net.run(milliseconds(5));
  }
  assert.deepEqual(net.reported("peer-heard", { since: startedAt }), []);
  assert.ok(net.reported("peer-unanswered", { since: startedAt }).length === 1);
  net.run(seconds(1));
  assert.equal(net.reported("peer-silent", { since: startedAt }).length, 1);
});

test("a replay to a node that remembers is refused and counted", () => {
  const net = new DetectorNetwork();
  net.run(seconds(1));
  const old = net.recorded.filter(({ sender }) => sender === 2).slice(0, 50);
  for (const heartbeat of old) net.inject(heartbeat);
  net.run(milliseconds(1_500));
  const refused = net.reported("packets-refused", { node: 1 });
  assert.equal(
    refused.reduce((sum, { report }) => sum + report.count, 0),
    50,
  );
  assert.ok(refused.length <= 2);
  assert.equal(refused[0]?.report.refusal, "replayed");
});

test("of refused packets it is told whether any came from the address of whom they name", () => {
  const net = new DetectorNetwork();
  const refuse = (sender: number, fromItsAddress: boolean): void =>
    net.tell(1, { kind: "packet-refused", refusal: "unknown-key", sender, fromItsAddress });
  for (const fromItsAddress of [false, true, false]) refuse(2, fromItsAddress);
  refuse(0, false);
  net.run(milliseconds(100));
  const [ofPeer, ofNobody] = net.reported("packets-refused", { node: 1 }).map(({ report }) => report);
  assert.deepEqual([ofPeer?.count, ofPeer?.fromItsAddress], [3, true]);
  assert.deepEqual([ofNobody?.count, ofNobody?.fromItsAddress], [1, undefined]);
});

test("a packet on the wrong network, or for another node, changes nothing and is counted", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  const [packet] = net.recorded.filter(({ sender }) => sender === 2).slice(-1);
  assert.ok(packet !== undefined);
  const future = { ...packet, sequence: packet.sequence + 1_000, addressee: 1, network: A };
  net.tell(1, { kind: "packet-received", network: B, heartbeat: future });
  net.tell(1, { kind: "packet-received", network: A, heartbeat: { ...future, addressee: 3 } });
  net.run(milliseconds(100));
  assert.deepEqual(
    net.reported("packets-refused", { node: 1 }).map(({ report }) => report.refusal),
    ["wrong-network", "wrong-addressee"],
  );
});

test("a verdict is given on a tick only: packets that were read late are not judged before the rest", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  const [packet] = net.recorded.filter(({ sender, addressee }) => sender === 2 && addressee === 1).slice(-1);
  assert.ok(packet !== undefined);
  net.crash(3);
  net.freeze(1);
  net.run(seconds(1));
  const before = net.now;
  const later = { ...packet, sequence: packet.sequence + 1_000 };
  net.tell(1, { kind: "packet-received", network: packet.network, heartbeat: later });
  assert.deepEqual(net.reported("peer-silent", { node: 1, since: before }), []);
});

test("round trips are measured per network, and told when they change", () => {
  const net = new DetectorNetwork({ delayMin: milliseconds(2), delayMax: milliseconds(2.1) });
  net.run(seconds(10));
  const measured = net.reported("round-trip-measured", { node: 1 });
  assert.deepEqual(measured.map(({ report }) => report.network).sort(), [A, B]);
  for (const { report } of measured) assert.ok(report.roundTrip >= 4_000 && report.roundTrip < 5_000);
});

test("a link that was lost is measured anew when it is back", () => {
  const net = new DetectorNetwork();
  net.run(seconds(3));
  net.cut(2, 1, A);
  net.run(seconds(1));
  net.heal();
  const healedAt = net.now;
  net.run(seconds(1));
  const told = net.reported("round-trip-measured", { node: 1, since: healedAt });
  assert.deepEqual(
    told.map(({ report }) => report.network),
    [A],
  );
});

test("a change of the configuration keeps what is known of the nodes that remain", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  const changedAt = net.now;
  net.reconfigure(1, { nodes: 2 });
  net.crash(3);
  net.run(seconds(1));
  assert.deepEqual(
    net.reported("peer-silent", { since: changedAt }).map(({ node, report }) => [node, report.peer]),
    [[2, 3]],
  );
  assert.deepEqual(net.reported("peer-heard", { node: 1, since: changedAt }), []);
});

test("heavy loss, reordering and duplication on a slow network kill nobody", () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const net = new DetectorNetwork({
      seed,
      nodes: 4,
      loss: 0.1,
      duplication: 0.1,
      delayMin: milliseconds(0.1),
      delayMax: milliseconds(20),
      wakeDelayMax: milliseconds(3),
    });
    net.run(seconds(1));
    net.run(seconds(20));
    assert.deepEqual(net.reported("peer-silent"), [], `seed ${seed}`);
    const directly = net.reported("peer-heard").filter(({ report }) => report.incarnation !== 0);
    assert.equal(directly.length, 4 * 3, `seed ${seed}`);
  }
});

test("what a node heard is void with it, and is reported anew when it returns", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  net.crash(2);
  net.run(seconds(1));
  net.restart(2);
  const restartedAt = net.now;
  net.run(milliseconds(200));
  const again = net.reported("hearing-changed", { node: 1, since: restartedAt });
  const byTwo = again.filter(({ report }) => report.observer === 2 && report.heard);
  assert.equal(byTwo.length, 2 * 2);
});

test("a pause of all machines at once is nobody's death and no network's failure", () => {
  const net = new DetectorNetwork({ nodes: 3 });
  net.run(seconds(1));
  for (const node of [1, 2, 3]) net.freeze(node);
  net.run(milliseconds(300));
  const thawedAt = net.now;
  for (const node of [1, 2, 3]) net.thaw(node);
  net.run(seconds(1));
  const said = net.reports.filter(({ at, report }) => at >= thawedAt && report.kind !== "round-trip-measured");
  assert.deepEqual([...new Set(said.map(({ report }) => report.kind))], ["own-stall-noticed"]);
});
