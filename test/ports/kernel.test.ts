/*
 * The simulated kernel against the real one: the same scripts give the same answers, reports and states. This is what
 * keeps the simulation honest.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bootClock } from "../../src/os/linux/libc.js";
import type { KernelEvent } from "../../src/sim/kernel.js";
import { namespacesMissing } from "../support/namespaces.js";
import { INTERFACES, LinkNames, linkStates, type Port, spellEvents, spellState, type Step } from "./kernel-script.js";
import { RealPort } from "./real-port.js";
import { SimulatedPort } from "./simulated-port.js";

const SCRIPTS = 25;
/** A carrier that changes is told by the kernel's own worker, up to a second later. */
const SETTLE_US = 5_000_000;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

const v4 = (interfaceName: string, address: string, prefixLength: number) =>
  ({ interface: interfaceName, address, family: 4, prefixLength }) as const;
const v6 = (interfaceName: string, address: string) =>
  ({ interface: interfaceName, address, family: 6, prefixLength: 64 }) as const;

const anyInterface = fc.constantFrom(...INTERFACES);
const anyPlaced = fc.oneof(
  fc
    .tuple(fc.constantFrom(...INTERFACES, "eth9"), fc.integer({ min: 1, max: 4 }), fc.constantFrom(24, 24, 24, 32))
    .map(([name, last, prefixLength]) => v4(name, `10.0.0.${last}`, prefixLength)),
  fc
    .tuple(fc.constantFrom(...INTERFACES, "eth9"), fc.integer({ min: 1, max: 3 }))
    .map(([name, last]) => v6(name, `fd00::${last}`)),
);
const anyOrder = (...kinds: ("add" | "remove" | "stranger-adds" | "stranger-removes")[]) =>
  fc.record({ kind: fc.constantFrom(...kinds), placed: anyPlaced });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: anyOrder("add") },
  { weight: 3, arbitrary: anyOrder("remove") },
  { weight: 3, arbitrary: anyOrder("stranger-adds", "stranger-removes") },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("link-down", "link-up", "link-up", "cable-out", "cable-in", "cable-in"),
      interface: anyInterface,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("delete", "create", "create"), interface: anyInterface }) },
);

/** One kernel and what was learnt of it. */
class Player {
  readonly port: Port;
  readonly names = new LinkNames();
  /** The state of each link when the last step began. */
  readonly #links = new Map<string, string>();
  #events: KernelEvent[] = [];

  constructor(port: Port) {
    this.port = port;
    this.#learn();
    for (const { name, up, carrier } of port.snapshot().links) {
      this.#links.set(name, `${name} up ${up} carrier ${carrier}`);
    }
  }

  play(step: Step): string | undefined {
    for (const [name, state] of linkStates(this.#events)) this.#links.set(name, state);
    this.#events = [];
    return this.port.play(step);
  }

  state(): readonly string[] {
    this.#learn();
    return spellState(this.port.snapshot(), this.names);
  }

  events(): readonly string[] {
    this.#learn();
    return spellEvents(this.#events, this.names, this.#links);
  }

  #learn(): void {
    const fresh = this.port.events();
    this.#events.push(...fresh);
    this.names.learn(this.port.snapshot(), fresh);
  }
}

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.join("\n") === b.join("\n");

/** Waits until the real kernel has come to rest where the simulated one is, or long enough. */
function settle(real: Player, simulated: Player): void {
  const end = bootClock() + SETTLE_US;
  const isSettled = (): boolean => isSame(real.state(), simulated.state()) && isSame(real.events(), simulated.events());
  while (!isSettled() && bootClock() < end) Atomics.wait(PAUSE, 0, 0, 2);
}

function compare(script: readonly Step[], promotesSecondaries: boolean): void {
  const port = new RealPort(promotesSecondaries);
  try {
    const [real, simulated] = [new Player(port), new Player(new SimulatedPort(promotesSecondaries))];
    settle(real, simulated);
    for (const [index, step] of script.entries()) {
      const about = `step ${index}, ${JSON.stringify(step)}, of ${JSON.stringify(script)}`;
      assert.equal(simulated.play(step), real.play(step), `answer to ${about}`);
      settle(real, simulated);
      assert.deepEqual(simulated.state(), real.state(), `state after ${about}`);
      assert.deepEqual(simulated.events(), real.events(), `reports of ${about}`);
    }
  } finally {
    port.close();
  }
}

describe("the simulated kernel", { skip: namespacesMissing() }, () => {
  test("refuses, drops and reports what the real one does", () => {
    const script = fc.tuple(fc.array(anyStep, { minLength: 1, maxLength: 25 }), fc.boolean());
    fc.assert(
      fc.property(script, ([steps, promotes]) => compare(steps, promotes)),
      { numRuns: SCRIPTS },
    );
  });

  test("lets secondaries go with their primary when another program removes it", () => {
    const steps: readonly Step[] = [
      { kind: "stranger-adds", placed: v4("eth0", "10.0.0.1", 24) },
      { kind: "add", placed: v4("eth0", "10.0.0.2", 24) },
      { kind: "add", placed: v4("eth0", "10.0.0.3", 24) },
      { kind: "stranger-removes", placed: v4("eth0", "10.0.0.1", 24) },
    ];
    compare(steps, false);
    compare(steps, true);
  });

  test("keeps everything on an interface that gets another name, up or down", () => {
    const [here, there] = [v4("eth0", "10.0.0.1", 24), v4("eth1", "10.0.0.1", 24)];
    const steps: readonly Step[] = [
      { kind: "add", placed: here },
      { kind: "add", placed: v6("eth0", "fd00::1") },
      { kind: "rename", interface: "eth0", to: "eth1" },
      { kind: "delete", interface: "eth1" },
      { kind: "rename", interface: "eth0", to: "eth1" },
      { kind: "remove", placed: here },
      { kind: "add", placed: there },
      { kind: "remove", placed: v6("eth1", "fd00::1") },
      { kind: "link-down", interface: "eth1" },
      { kind: "rename", interface: "eth1", to: "eth0" },
      { kind: "remove", placed: there },
      { kind: "link-up", interface: "eth0" },
      { kind: "remove", placed: here },
    ];
    compare(steps, false);
  });

  test("keeps others' addresses when the agent removes the primary of their subnet", () => {
    const steps: readonly Step[] = [
      { kind: "add", placed: v4("eth0", "10.0.0.1", 24) },
      { kind: "stranger-adds", placed: v4("eth0", "10.0.0.2", 24) },
      { kind: "remove", placed: v4("eth0", "10.0.0.1", 24) },
      { kind: "link-down", interface: "eth0" },
      { kind: "delete", interface: "eth0" },
      { kind: "add", placed: v4("eth0", "10.0.0.1", 24) },
    ];
    compare(steps, false);
  });
});
