import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deadline, Machine } from "../base/machine.js";
import { stateOf } from "../../test/support/peer-pair.js";
import { instant, type Instant, seconds } from "../base/time.js";
import { nodeName, serviceName } from "../model/names.js";
import type { NodeEffect, NodeInput } from "../model/node-io.js";
import { NOTHING_SAVED } from "../model/node-state.js";
import { INPUTS_WAITING_MAX, Loop, type LoopParts } from "./loop.js";

const PLACED = { interface: "eth0", address: "10.0.0.1", family: 4, prefixLength: 24 } as const;
const addAddress = (step: number): NodeEffect => ({ kind: "add-address", step, placed: PLACED });
const stepDone = (step: number): NodeInput => ({ kind: "step-done", step });
const linkRemoved = (index: number): NodeInput => ({ kind: "link-removed", index });

/** A core that answers each input after the first from a script and remembers what it was told. */
class ScriptedCore implements Machine<NodeInput, NodeEffect> {
  readonly heard: NodeInput[] = [];
  next: Deadline | undefined;
  readonly #script: (input: NodeInput) => readonly NodeEffect[];

  constructor(script: (input: NodeInput) => readonly NodeEffect[]) {
    this.#script = script;
  }

  handle(_now: Instant, input: NodeInput): readonly NodeEffect[] {
    if (input.kind === "started") return [];
    this.heard.push(input);
    return this.#script(input);
  }

  deadline(): Deadline | undefined {
    return this.next;
  }
}

const STARTED: NodeInput = { kind: "started", kernel: { links: [], addresses: [] } };

const PARTS: Omit<LoopParts, "core"> = {
  clock: () => instant(0),
  recorder: { record: () => {}, handled: () => {} },
  perform: (effect) => (effect.kind === "add-address" ? stepDone(effect.step) : undefined),
  begun: () => {},
  beforeEach: () => {},
  settled: () => {},
};

/** A loop that has begun. */
function loopWith(core: ScriptedCore, overrides: Partial<LoopParts> = {}): Loop {
  const loop = new Loop({ ...PARTS, core, ...overrides });
  loop.begin(STARTED);
  return loop;
}

test("what comes in before the first input waits for it", () => {
  const recorded: NodeInput[] = [];
  const recorder = { record: (_now: Instant, input: NodeInput) => void recorded.push(input), handled: () => {} };
  const loop = new Loop({ ...PARTS, core: new ScriptedCore(() => []), recorder });
  loop.post(linkRemoved(3));
  loop.begin(STARTED);
  loop.post(linkRemoved(4));
  assert.deepEqual(recorded, [STARTED, linkRemoved(3), linkRemoved(4)]);
});

test("what a peer says of spans of time grows while it waits", () => {
  let now = instant(0);
  const core = new ScriptedCore(() => []);
  const loop = new Loop({ ...PARTS, core, clock: () => now });
  const tenure = { service: serviceName("shop"), epoch: 1, reason: { kind: "cluster-start" } } as const;
  const peer = nodeName("web2");
  const state = { ...stateOf(peer, 1), tenures: [{ ...tenure, heldFor: seconds(1) }] };
  loop.post({ kind: "peer-state-received", peer, state });
  loop.post({ kind: "state-relayed", by: nodeName("web3"), state });
  now = instant(3e6);
  loop.begin(STARTED);
  const aged = { ...state, tenures: [{ ...tenure, heldFor: seconds(4) }] };
  assert.deepEqual(core.heard, [
    { kind: "peer-state-received", peer, state: aged },
    { kind: "state-relayed", by: nodeName("web3"), state: aged },
  ]);
});

test("an input is recorded before it is decided, and effects are performed in their order", () => {
  const log: string[] = [];
  const core = new ScriptedCore((input) => {
    log.push(`decide ${input.kind}`);
    return input.kind === "stop-requested" ? [{ kind: "say-goodbye" }, { kind: "exit" }] : [];
  });
  const loop = loopWith(core, {
    recorder: {
      record: (_now, input) => log.push(`record ${input.kind}`),
      handled: (effects) => log.push(`note ${effects.length} effects`),
    },
    perform: (effect) => void log.push(`perform ${effect.kind}`),
    begun: () => log.push("begun"),
    settled: () => log.push("settled"),
  });
  log.length = 0;
  loop.post({ kind: "stop-requested" });
  assert.deepEqual(log, [
    "begun",
    "record stop-requested",
    "decide stop-requested",
    "note 2 effects",
    "perform say-goodbye",
    "perform exit",
    "settled",
  ]);
});

test("what the guard did is known before anything that waited when it was found out", () => {
  const fenced: NodeInput = { kind: "guard-fired", incarnation: 2 };
  let untold: NodeInput | undefined;
  const core = new ScriptedCore((input) => {
    if (input.kind !== "link-removed" || input.index !== 1) return [];
    // The process is frozen here, and the guard acts.
    untold = fenced;
    loop.post(linkRemoved(2));
    loop.post(linkRemoved(3));
    return [];
  });
  const loop: Loop = loopWith(core, {
    beforeEach: () => {
      if (untold !== undefined) loop.overtake(untold);
      untold = undefined;
    },
  });
  loop.post(linkRemoved(1));
  assert.deepEqual(core.heard, [linkRemoved(1), fenced, linkRemoved(2), linkRemoved(3)]);
  untold = fenced;
  loop.post({ kind: "ticked" });
  assert.deepEqual(core.heard.slice(4), [fenced, { kind: "ticked" }]);
});

test("the answer of a step is handled before inputs that came in meanwhile", () => {
  const core = new ScriptedCore((input) => (input.kind === "stop-requested" ? [addAddress(7)] : []));
  const loop: Loop = loopWith(core, {
    perform: (effect) => {
      loop.post(linkRemoved(3));
      return effect.kind === "add-address" ? stepDone(effect.step) : undefined;
    },
  });
  loop.post({ kind: "stop-requested" });
  assert.deepEqual(core.heard, [{ kind: "stop-requested" }, stepDone(7), linkRemoved(3)]);
});

test("answers come after all effects of the same input, in the order of the steps", () => {
  const performed: string[] = [];
  const core = new ScriptedCore((input) =>
    input.kind === "ticked" ? [addAddress(1), addAddress(2), { kind: "say-goodbye" }] : [],
  );
  const loop = loopWith(core, {
    perform: (effect) => {
      performed.push(effect.kind);
      return effect.kind === "add-address" ? stepDone(effect.step) : undefined;
    },
  });
  loop.post({ kind: "ticked" });
  assert.deepEqual(performed, ["add-address", "add-address", "say-goodbye"]);
  assert.deepEqual(core.heard, [{ kind: "ticked" }, stepDone(1), stepDone(2)]);
});

test("what nobody waits for is done after everything that somebody may wait for", () => {
  const performed: string[] = [];
  const save: NodeEffect = { kind: "save", saved: NOTHING_SAVED };
  const core = new ScriptedCore((input) =>
    input.kind === "ticked" ? [save, addAddress(1)] : [{ kind: "say-goodbye" }],
  );
  const loop = loopWith(core, {
    perform: (effect) => {
      performed.push(effect.kind);
      return effect.kind === "add-address" ? stepDone(effect.step) : undefined;
    },
    settled: () => performed.push("settled"),
  });
  performed.length = 0;
  loop.post({ kind: "ticked" });
  assert.deepEqual(performed, ["add-address", "say-goodbye", "save", "settled"]);
});

test("a full queue is a broken invariant, and nothing is decided after one", () => {
  const core = new ScriptedCore(() => [{ kind: "say-goodbye" }]);
  const loop: Loop = loopWith(core, {
    perform: () => {
      for (let index = 0; index <= INPUTS_WAITING_MAX; index += 1) loop.post(linkRemoved(index));
      return undefined;
    },
  });
  assert.throws(() => loop.post({ kind: "ticked" }), { name: "InvariantError" });
  assert.equal(core.heard.length, 1);
});

test("steps that never come to an end are a broken invariant", () => {
  const loop = loopWith(new ScriptedCore(() => [addAddress(1)]));
  assert.throws(() => loop.post({ kind: "ticked" }), { name: "InvariantError" });
});

test("a deadline that is reached brings a tick, and a later one is waited for", async () => {
  const clock = (): Instant => instant(Number(process.hrtime.bigint() / 1_000n));
  const start = clock();
  const kinds: string[] = [];
  const end = await new Promise<Instant>((resolve) => {
    const core = new ScriptedCore((input) => {
      kinds.push(input.kind);
      if (input.kind !== "ticked") return [];
      core.next = kinds.length < 3 ? { at: instant(start + 2_500), why: "second" } : undefined;
      if (core.next === undefined) resolve(clock());
      return [];
    });
    core.next = { at: start, why: "first" };
    loopWith(core, { clock }).post({ kind: "stop-requested" });
  });
  assert.ok(end >= start + 2_500);
  assert.deepEqual(kinds, ["stop-requested", "ticked", "ticked"]);
});

test("a stopped loop takes no input and has no timer", () => {
  const core = new ScriptedCore(() => []);
  core.next = { at: instant(1), why: "never served" };
  const loop = loopWith(core);
  loop.post({ kind: "ticked" });
  loop.stop();
  loop.post({ kind: "ticked" });
  assert.equal(core.heard.length, 1);
});
