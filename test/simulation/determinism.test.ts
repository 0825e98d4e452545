/* The same seed gives the same world, and the same inputs give the same effects: what replaying a black box rests on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Instant } from "../../src/base/time.js";
import { Node } from "../../src/core/node.js";
import type { NodeEffect, NodeInput, NodeOptions } from "../../src/model/node-io.js";
import type { CoreFactory, NodeCore } from "../../src/sim/agent.js";
import { run } from "../../src/sim/run.js";
import { drawPlan } from "../../src/sim/workload.js";

const SEEDS = [3, 8, 12, 21, 34];
const MINUTES = 0.3;

/** What one run of an agent took in and gave out. */
interface Recording {
  readonly startedAt: Instant;
  readonly options: NodeOptions;
  readonly steps: { readonly now: Instant; readonly input: NodeInput; readonly effects: string }[];
}

/** A factory of nodes that writes down, as bytes would be, all that they take in and give out. */
function recordingFactory(recordings: Recording[]): CoreFactory {
  return (startedAt, options) => {
    const recording: Recording = { startedAt, options, steps: [] };
    recordings.push(recording);
    return recorded(new Node(startedAt, options), recording);
  };
}

function recorded(node: Node, { steps }: Recording): NodeCore {
  return {
    handle(now: Instant, input: NodeInput): readonly NodeEffect[] {
      const effects = node.handle(now, input);
      steps.push({ now, input: JSON.parse(JSON.stringify(input)) as NodeInput, effects: JSON.stringify(effects) });
      return effects;
    },
    deadline: () => node.deadline(),
    view: (now) => node.view(now),
  };
}

test("one seed, one world", () => {
  for (const seed of SEEDS) {
    const makeCore: CoreFactory = (now, options) => new Node(now, options);
    const [first, second] = [run(drawPlan(seed, MINUTES), { makeCore }), run(drawPlan(seed, MINUTES), { makeCore })];
    assert.equal(first.fingerprint, second.fingerprint, `seed ${seed}`);
    assert.notEqual(first.fingerprint, run(drawPlan(seed + 1, MINUTES), { makeCore }).fingerprint);
  }
});

test("recorded inputs give the same effects", () => {
  for (const seed of SEEDS) {
    const recordings: Recording[] = [];
    run(drawPlan(seed, MINUTES), { makeCore: recordingFactory(recordings) });
    assert.ok(recordings.length >= 2);
    for (const { startedAt, options, steps } of recordings) {
      const node = new Node(startedAt, options);
      for (const { now, input, effects } of steps) assert.equal(JSON.stringify(node.handle(now, input)), effects);
    }
  }
});
