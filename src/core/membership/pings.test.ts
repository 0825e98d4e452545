import assert from "node:assert/strict";
import { test } from "node:test";
import { type Instant, instant, milliseconds, seconds } from "../../base/time.js";
import type { Cluster } from "../../model/cluster.js";
import { networkName, nodeName, wireId } from "../../model/names.js";
import { Membership } from "./membership.js";
import { Pings } from "./pings.js";
import { Roster } from "./roster.js";
import { nodeState } from "../../../test/support/node-state.js";

const A = networkName("a");
const [SELF, TWO, THREE] = [nodeName("n1"), nodeName("n2"), nodeName("n3")];
const PATIENCE_MS = 100;
const at = (ms: number): Instant => instant(ms * 1_000);

const clusterOf = (ping: readonly string[] = ["10.0.0.254"]): Cluster => ({
  name: "test",
  secretFile: "/nonexistent",
  port: 4_994,
  detection: { interval: milliseconds(25), timeout: milliseconds(PATIENCE_MS) },
  damping: { failures: 3, within: seconds(60), ban: seconds(60), banMax: seconds(600) },
  networks: [{ name: A, ping }],
  nodes: [SELF, TWO, THREE].map((name, index) => ({
    name,
    networks: [{ network: A, address: `10.0.0.${index + 1}` }],
    paths: [],
  })),
  services: [],
  hash: "12345678abcdef",
});

/** What happens: `me`, `two` and `three` lose the target, or it answers them; or all others are gone. */
type Step = readonly [ms: number, who: "me" | "two" | "three", reachable: boolean] | readonly [ms: number, "alone"];

class Bench {
  readonly #roster = new Roster(clusterOf(), SELF);
  #said = 0;
  readonly #membership = new Membership(at(0), this.#roster);
  pings: Pings = new Pings(clusterOf(), SELF, this.#roster, this.#membership);

  constructor() {
    for (const peer of [TWO, THREE])
      this.#membership.report(at(0), { kind: "peer-heard", peer: wireId(peer), incarnation: 1 });
  }

  play(step: Step): void {
    const now = at(step[0]);
    if (step[1] === "alone") this.#loseAll(now);
    else if (step[1] === "me") this.pings.judged(now, A, step[2]);
    else this.#peerSays(now, step[1] === "two" ? TWO : THREE, step[2]);
    this.pings.compare(now);
  }

  reconfigure(ping?: readonly string[]): void {
    this.pings = new Pings(clusterOf(ping), SELF, this.#roster, this.#membership, this.pings);
  }

  #loseAll(now: Instant): void {
    for (const peer of [TWO, THREE]) {
      const silence = milliseconds(PATIENCE_MS);
      this.#membership.report(now, { kind: "peer-silent", peer: wireId(peer), incarnation: 1, silence });
    }
  }

  #peerSays(now: Instant, node: typeof TWO, reachable: boolean): void {
    const version = (this.#said += 1);
    this.#membership.setState(now, node, nodeState(node, { version, pings: [{ network: A, reachable }] }));
  }
}

const ANSWERS_ALL: readonly Step[] = [
  [0, "me", true],
  [0, "two", true],
  [0, "three", true],
];
const LOST_FOR_ALL: readonly Step[] = [
  ...ANSWERS_ALL,
  [1_000, "me", false],
  [1_010, "two", false],
  [1_020, "three", false],
];

const CASES: Readonly<Record<string, { steps: readonly Step[]; lost: Readonly<Record<number, boolean>> }>> = {
  "lost for this node alone: believed after the doubt time": {
    steps: [...ANSWERS_ALL, [1_000, "me", false]],
    lost: { 1_099: false, 1_100: true, 9_000: true },
  },
  "lost for all: it is dead and says nothing": {
    steps: LOST_FOR_ALL,
    lost: { 1_099: false, 1_200: false, 9_000: false },
  },
  "lost for some and answered by one: those are cut off": {
    steps: [...ANSWERS_ALL, [1_000, "me", false], [1_010, "two", false]],
    lost: { 1_099: false, 1_100: true, 9_000: true },
  },
  "lost for this node first, and much later for all": {
    steps: [...ANSWERS_ALL, [1_000, "me", false], [2_000, "two", false], [2_010, "three", false]],
    lost: { 1_100: true, 2_005: true, 2_010: false, 9_000: false },
  },
  "lost for all, then answers a peer but not this node": {
    steps: [...LOST_FOR_ALL, [5_000, "two", true]],
    lost: { 4_999: false, 5_099: false, 5_100: true, 9_000: true },
  },
  "lost for all, then answers a peer and, a moment later, this node": {
    steps: [...LOST_FOR_ALL, [5_000, "two", true], [5_050, "me", true]],
    lost: { 5_049: false, 5_200: false, 9_000: false },
  },
  "lost for all, answers a peer for a moment, is lost again": {
    steps: [...LOST_FOR_ALL, [5_000, "two", true], [5_050, "two", false]],
    lost: { 5_049: false, 5_200: false, 9_000: false },
  },
  "dead, and then all peers are gone: it says nothing still": {
    steps: [...LOST_FOR_ALL, [5_000, "alone"]],
    lost: { 5_000: false, 9_000: false },
  },
  "lost by a node that hears nobody: believed at once": {
    steps: [...ANSWERS_ALL, [1_000, "alone"], [1_500, "me", false]],
    lost: { 1_499: false, 1_500: true },
  },
};

for (const [name, { steps, lost }] of Object.entries(CASES)) {
  test(`a ping target ${name}`, () => {
    const bench = new Bench();
    const looks = Object.entries(lost).map(([ms, wanted]) => ({ ms: Number(ms), wanted }));
    const events = [...steps.map((step) => ({ ms: step[0], step })), ...looks].sort((a, b) => a.ms - b.ms);
    for (const event of events) {
      if ("step" in event) bench.play(event.step);
      else {
        bench.pings.compare(at(event.ms));
        assert.equal(bench.pings.isLost(A), event.wanted, `after ${event.ms} ms`);
      }
    }
  });
}

test("what was found out of a target outlives another configuration that has it", () => {
  const bench = new Bench();
  LOST_FOR_ALL.forEach((step) => bench.play(step));
  bench.play([3_000, "alone"]);
  bench.reconfigure();
  bench.pings.compare(at(3_000));
  assert.equal(bench.pings.isLost(A), false);
});

test("a verdict on a target that the configuration no longer has leaves nothing to be done", () => {
  const bench = new Bench();
  bench.reconfigure([]);
  bench.play([1_000, "me", false]);
  assert.equal(bench.pings.doubtedUntil, undefined);
});

test("peers are told of a target only what was found out", () => {
  const bench = new Bench();
  assert.deepEqual(bench.pings.readings(), []);
  bench.play([1_000, "me", false]);
  assert.deepEqual(bench.pings.readings(), [{ network: A, reachable: false }]);
});

test("a node waits for what becomes of answers that stay out, but for those of a target that is dead for all", () => {
  const bench = new Bench();
  const doubted = (): boolean => bench.pings.allInDoubt;
  bench.play([0, "me", true]);
  assert.equal(doubted(), false);
  bench.pings.answersChanged(A, false);
  assert.equal(doubted(), true);
  bench.reconfigure();
  assert.equal(doubted(), true, "another file tells nothing about it");
  bench.pings.answersChanged(A, true);
  assert.equal(doubted(), false);
  bench.pings.answersChanged(A, false);
  bench.play([40, "me", false]);
  bench.play([50, "two", false]);
  bench.play([200, "alone"]);
  assert.equal(doubted(), false);
});
