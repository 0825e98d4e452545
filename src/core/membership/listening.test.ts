import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, milliseconds, seconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import type { DetectorReport } from "../../model/heartbeat.js";
import { networkName, nodeName, wireId } from "../../model/names.js";
import { Listening } from "./listening.js";
import { Membership } from "./membership.js";
import { Roster } from "./roster.js";
import { nodeState } from "../../../test/support/node-state.js";

const [SELF, PEER] = [nodeName("me"), nodeName("peer")];
const A = networkName("a");
const at = (ms: number): Instant => instant(ms * 1_000);
const TIMEOUT = milliseconds(100);

const cluster: Cluster = {
  name: "test",
  secretFile: "/nonexistent",
  port: 4_994,
  detection: { interval: milliseconds(25), timeout: TIMEOUT },
  damping: { failures: 3, within: seconds(60), ban: seconds(60), banMax: seconds(600) },
  networks: [{ name: A, ping: [] }],
  nodes: [SELF, PEER].map((name, index) => ({
    name,
    networks: [{ network: A, address: `10.0.0.${index + 1}` }],
    paths: [],
  })),
  services: [],
  hash: "12345678abcdef",
};

const state = nodeState(PEER);

const peer = wireId(PEER);
const heard: DetectorReport = { kind: "peer-heard", peer, incarnation: 1 };
const silent: DetectorReport = { kind: "peer-silent", peer, incarnation: 1, silence: TIMEOUT };
const said: DetectorReport = {
  kind: "bulletin-heard",
  peer,
  incarnation: 1,
  answered: true,
  bulletin: { version: 1, stateDigest: 1, claims: [] },
};

/** A node that has known everything of its only peer, which then fell silent. */
function parted(): { readonly listening: Listening; readonly membership: Membership } {
  const membership = new Membership(at(0), new Roster(cluster, SELF));
  const listening = new Listening(at(0), membership);
  for (const report of [said, heard]) membership.report(at(0), report);
  membership.setState(at(0), PEER, state);
  assert.equal(listening.isOn(at(1), TIMEOUT), false);
  membership.report(at(5_000), silent);
  assert.equal(listening.isOn(at(6_000), TIMEOUT), false, "who is silent says nothing more");
  return { listening, membership };
}

test("who takes a service waits for a node of it that is heard again, until that has said what it claims now", () => {
  const { listening, membership } = parted();
  membership.report(at(10_000), heard);
  assert.equal(listening.awaitsWordOf([SELF, PEER], at(10_000), TIMEOUT), true);
  assert.equal(listening.awaitsWordOf([SELF], at(10_000), TIMEOUT), false, "another service is none of its business");
  assert.equal(listening.isOn(at(10_000), TIMEOUT), false, "nor is anything else");
  membership.report(at(10_050), said);
  assert.equal(listening.awaitsWordOf([PEER], at(10_050), TIMEOUT), false);
});

test("one that said so before its first sign of life is not waited for", () => {
  const { listening, membership } = parted();
  for (const report of [said, heard]) membership.report(at(10_000), report);
  assert.equal(listening.awaitsWordOf([PEER], at(10_000), TIMEOUT), false);
});

test("nor is one that says nothing waited for without end, but for longer where heartbeats are rare", () => {
  for (const [timeout, span] of [
    [TIMEOUT, 1_000],
    [milliseconds(1_500), 4_500],
  ] as const) {
    const { listening, membership } = parted();
    membership.report(at(10_000), heard);
    const end = at(10_000 + span);
    assert.deepEqual(listening.deadline(at(10_000), timeout), { at: end, why: "listening" });
    assert.equal(listening.awaitsWordOf([PEER], at(10_000 + span - 1), timeout), true);
    assert.equal(listening.awaitsWordOf([PEER], end, timeout), false);
    assert.equal(listening.deadline(end, timeout), undefined);
  }
});

test("a fresh node waits less long for a peer of which nothing is heard than for one whose packets arrive", () => {
  for (const [report, endMs] of [
    [{ ...silent, incarnation: 0 }, 1_000],
    // It lives, and may hold something, though it does not hear this node: what it says can't be believed.
    [{ kind: "peer-unanswered", peer }, 3_000],
    [heard, 3_000],
  ] as const) {
    const membership = new Membership(at(0), new Roster(cluster, SELF));
    const listening = new Listening(at(0), membership);
    membership.report(at(100), report);
    assert.deepEqual(
      [endMs - 1, endMs].map((ms) => listening.isOn(at(ms), TIMEOUT)),
      [true, false],
      report.kind,
    );
  }
});
