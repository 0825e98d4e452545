import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterOf, NetworkedNode, SHOP as SERVICE } from "../../../test/support/networked-node.js";
import {
  answer,
  besideHolder,
  DB,
  gone,
  kinds,
  LONG_MS,
  PAUSED,
  RUNS,
  says,
  strayBrief,
  withPrograms,
} from "../../../test/support/stray-bench.js";
import { nodeState } from "../../../test/support/node-state.js";
import { programConfig, programsConfig } from "../../../test/support/program-config.js";
import type { ServiceConfig } from "../../model/cluster.js";
import { nodeName, serviceName } from "../../model/names.js";

const ASK_AGAIN_MS = 30_000;

/** Those about programs. */
const findings = (node: NetworkedNode): readonly string[] =>
  node.view().findings.flatMap(({ finding: { kind } }) => (kind.startsWith("program-") ? [kind] : []));
const codes = (node: NetworkedNode): readonly string[] =>
  node.notes.filter(({ code }) => code.startsWith("program.")).map(({ code }) => code);

test("a unit that runs beside the holder's is told of and ended, and then no word is lost about it any more", () => {
  const node = besideHolder();
  assert.deepEqual(kinds(node), ["probe-program"]);
  answer(node, RUNS);
  node.pass(10);
  assert.deepEqual(findings(node), ["program-stray"]);
  assert.deepEqual(kinds(node), ["probe-program", "end-stray"]);
  assert.deepEqual(codes(node), ["program.stray", "program.stopping"]);
  gone(node);
  node.pass(LONG_MS);
  assert.deepEqual(findings(node), []);
  assert.deepEqual(kinds(node), ["probe-program", "end-stray"]);
});

test("what does not end is killed, and what that does not end is stuck and keeps the service away", () => {
  const node = besideHolder();
  answer(node, RUNS);
  node.pass(60_000);
  // The second has its host say what keeps it from ending.
  assert.deepEqual(kinds(node).slice(2), ["kill-program", "kill-program"]);
  assert.deepEqual(findings(node), ["program-stuck"]);
});

test("what this node takes it goes on with as it finds it, whenever it is found", () => {
  for (const isEarly of [true, false]) {
    const node = new NetworkedNode({ service: withPrograms([DB], ["web3", "web1", "web2"]) });
    if (isEarly) answer(node, RUNS);
    for (const peer of ["web1", "web2"]) node.claimNothing(peer);
    node.pass(LONG_MS);
    answer(node, RUNS);
    node.pass(LONG_MS);
    assert.deepEqual(kinds(node).slice(0, 2), ["probe-program", "start-program"]);
    assert.ok(!kinds(node).includes("end-stray"));
    assert.ok(!codes(node).includes("program.stray"));
  }
});

test("in a pause it is told of, and ended when that is over", () => {
  const node = besideHolder({ saved: PAUSED });
  answer(node, RUNS);
  node.pass(LONG_MS);
  assert.ok(findings(node).includes("program-stray"));
  assert.deepEqual(kinds(node), ["probe-program"]);
  const pause = { paused: false, revision: 2 };
  node.take({ kind: "peer-state-received", peer: nodeName("web1"), state: nodeState(nodeName("web1"), { pause }) });
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program", "end-stray"]);
});

test("one that does not run is nobody's business; one that cannot is said to be so once", () => {
  const node = besideHolder();
  answer(node, { kind: "not-running" });
  assert.deepEqual([findings(node), codes(node)], [[], []]);
  const other = besideHolder();
  answer(other, { kind: "unusable", problem: "systemd has no unit db.service" });
  other.pass(LONG_MS);
  assert.deepEqual([findings(other), codes(other), kinds(other)], [[], ["program.unusable"], ["probe-program"]]);
});

test("what nobody knows is a finding, and asked for again until somebody does", () => {
  const node = besideHolder();
  answer(node, { kind: "unknown", problem: "systemd does not answer" });
  node.pass(ASK_AGAIN_MS - 1);
  assert.deepEqual([findings(node), kinds(node)], [["program-unprobed"], ["probe-program"]]);
  node.pass(1);
  assert.deepEqual(kinds(node), ["probe-program", "probe-program"]);
  answer(node, { kind: "unknown", problem: "systemd does not answer" }, 2);
  assert.deepEqual(codes(node), ["program.unprobed"]);
  node.pass(ASK_AGAIN_MS);
  answer(node, RUNS, 2);
  assert.ok(!kinds(node).includes("end-stray"), "that was the answer before");
  answer(node, RUNS, 3);
  node.pass(10);
  assert.deepEqual([findings(node), kinds(node).at(-1)], [["program-stray"], "end-stray"]);
});

test("an answer from before it was started here, and ended, is void", () => {
  const node = new NetworkedNode({ service: withPrograms([DB], ["web3", "web1", "web2"]) });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  node.take({ kind: "program-ready", run: 1 });
  node.claim("web1", 9);
  node.take({ kind: "program-gone", run: 1 });
  answer(node, RUNS);
  node.pass(LONG_MS);
  assert.ok(!kinds(node).includes("end-stray"));
});

test("where the program host was lost with what it had, all of it is asked for again", () => {
  const node = besideHolder();
  answer(node, { kind: "not-running" });
  node.take({ kind: "program-host-lost", left: [], until: 0 });
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program", "probe-program"]);
});

test("of a command nobody but who started it knows, and of a service of other nodes nothing is asked", () => {
  assert.deepEqual(kinds(besideHolder({ service: withPrograms([programConfig("db")]) })), []);
  const node = new NetworkedNode({ service: withPrograms([DB], ["web1", "web2"]) });
  node.pass(LONG_MS);
  assert.deepEqual(kinds(node), []);
});

test("what was found is told before it is known whose it is, so that nobody begins it meanwhile", () => {
  const node = new NetworkedNode({ service: withPrograms([DB]) });
  answer(node, RUNS);
  node.pass(10);
  assert.deepEqual(
    [node.told?.programs?.map(({ found, stray }) => [found, stray]), findings(node)],
    [[[true, undefined]], []],
  );
  node.claim("web1", 1);
  node.claimNothing("web2");
  node.pass(LONG_MS);
  assert.deepEqual(
    node.told?.programs?.map(({ found, stray }) => [found, stray]),
    [[true, true]],
  );
  gone(node);
  node.pass(10);
  assert.deepEqual(node.told?.programs ?? [], []);
});

test("a unit that runs here for another service is that one's", () => {
  const bank: ServiceConfig = {
    ...SERVICE,
    name: serviceName("bank"),
    addresses: [],
    nodes: [nodeName("web3")],
    ...programsConfig([DB]),
  };
  const node = new NetworkedNode({ service: withPrograms([DB]), others: [bank] });
  node.claim("web1", 1);
  node.claimNothing("web2");
  node.pass(LONG_MS);
  answer(node, RUNS);
  node.pass(LONG_MS);
  assert.deepEqual(kinds(node).toSorted(), ["probe-program", "probe-program", "start-program"]);
  assert.ok(!findings(node).includes("program-stray"));
  assert.deepEqual(
    node.told?.programs?.filter(({ found }) => found === true),
    [],
    "who holds it waits for nothing",
  );
});

test("a unit of a service that comes new with a changed file is asked for then", () => {
  const node = besideHolder({ service: withPrograms([programConfig("log")]) });
  assert.deepEqual(kinds(node), []);
  const cluster = { ...clusterOf([{ ...SERVICE, ...withPrograms([programConfig("log"), DB]) }], []), hash: "1" };
  node.take({ kind: "configuration-changed", cluster });
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program"]);
  answer(node, RUNS);
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program", "end-stray"]);
});

test("what another node still ends is not begun here before that", () => {
  const node = new NetworkedNode({ service: withPrograms([DB], ["web3", "web1", "web2"]) });
  says(node, "web1", 1, { programs: [strayBrief()] });
  for (const peer of ["web1", "web2"]) node.claimNothing(peer);
  node.pass(LONG_MS);
  assert.deepEqual([node.view().services[0]?.holder, kinds(node)], ["web3", ["probe-program"]]);
  assert.deepEqual(findings(node), ["program-stray", "program-waiting"]);
  says(node, "web1", 2, { programs: [] });
  node.pass(10);
  assert.deepEqual(kinds(node), ["probe-program", "start-program"]);
});
