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
import {
  failOver,
  INTERFACES,
  LinkNames,
  MADE,
  linkStates,
  type Port,
  spellEvents,
  spellRest,
  spellState,
  type Step,
} from "./kernel-script.js";
import { RealPort } from "./real-port.js";
import { SimulatedPort } from "./simulated-port.js";

const SCRIPTS = 25;
/** Their interfaces come and go, which takes the kernel its time. */
const MADE_SCRIPTS = 12;
/** A carrier that changes is told by the kernel's own worker, up to a second later. */
const SETTLE_US = 5_000_000;
const PAUSE = new Int32Array(new SharedArrayBuffer(4));

const v4 = (interfaceName: string, address: string, prefixLength: number) =>
  ({ interface: interfaceName, address, family: 4, prefixLength }) as const;
const v6 = (interfaceName: string, address: string) =>
  ({ interface: interfaceName, address, family: 6, prefixLength: 64 }) as const;

/** What a warm standby has. */
const DUMMY = { address: "10.0.0.99", family: 4, prefixLength: 24 } as const;

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

const anyFailOver: fc.Arbitrary<Step> = fc
  .record({
    kind: fc.constant("fail-over" as const),
    way: fc.constantFrom({ from: "eth0", to: "eth1" }, { from: "eth1", to: "eth0" }),
    group: fc.record({
      mac: fc.constantFrom("keep" as const, "move" as const),
      standby: fc.constantFrom({ kind: "cold" } as const, { kind: "warm", address: DUMMY } as const),
    }),
    steps: fc.nat(14),
    undone: fc.boolean(),
  })
  .map(({ way, ...step }) => ({ ...step, ...way }));
const anyConfiguration: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(anyInterface, fc.integer({ min: 1, max: 3 }), fc.option(fc.integer({ min: 1, max: 4 })))
    .map(([name, net, gateway]) => ({
      kind: "stranger-routes" as const,
      interface: name,
      family: 4 as const,
      destination: `10.9.${net}.0/24`,
      ...(gateway === null ? {} : { gateway: `10.0.0.${gateway + 100}` }),
    })),
  fc.tuple(anyInterface, fc.integer({ min: 1, max: 2 })).map(([name, net]) => ({
    kind: "stranger-routes" as const,
    interface: name,
    family: 6 as const,
    destination: `fd09:${net}::/32`,
  })),
  fc.tuple(anyInterface, fc.constantFrom("10.0.0.200", "fd00::200")).map(([name, address]) => ({
    kind: "stranger-neighbours" as const,
    interface: name,
    address,
    mac: "02:00:00:00:09:09",
  })),
);

/** To two service addresses, by gateways that are on the link at most times. */
const anyRoute = fc
  .tuple(fc.constantFrom(...INTERFACES, "eth9"), fc.constantFrom(4, 6), fc.integer({ min: 1, max: 2 }))
  .chain(([name, family, last]) =>
    fc.constantFrom(101, 102, 999).map((gateway) => ({
      interface: name,
      family: family as 4 | 6,
      address: family === 4 ? `192.168.1.${last}` : `fd01::${last}`,
      gateway:
        gateway === 999 ? (family === 4 ? "10.8.0.1" : "fd08::1") : `${family === 4 ? "10.0.0." : "fd00::"}${gateway}`,
    })),
  );
const anyRouteStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("add-route" as const), route: anyRoute }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove-route" as const), route: anyRoute }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("clear-routes" as const),
      addresses: fc.subarray(["192.168.1.1", "fd01::1", "fd01::2"]),
    }),
  },
);

/** Addresses of a service with a MAC of its own, on the macvlans that are made for them; a stranger may meddle. */
const OWN_MAC = "02:5e:00:00:00:05";
const anyMade = fc
  .tuple(
    fc.constantFrom([MADE[0], "eth0"], [MADE[0], "eth0"], [MADE[0], "eth9"], [MADE[1], "eth1"]),
    fc.constantFrom(4, 6),
    fc.integer({ min: 5, max: 6 }),
  )
  .map(([[name = "", on = ""], family, last]) => ({
    ...(family === 4 ? v4(name, `10.0.0.${last}`, 24) : v6(name, `fd00::${last}`)),
    made: { on, mac: OWN_MAC },
  }));
const anyMadeStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom("add" as const), placed: anyMade }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom("remove" as const, "stranger-removes" as const), placed: anyMade }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "clear-rules" as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), interface: fc.constantFrom(...MADE) }) },
);

/** An interface with something of each kind on it, and another one beside it. */
const CONFIGURED: readonly Step[] = [
  { kind: "stranger-adds", placed: v4("eth0", "10.0.0.1", 24) },
  { kind: "add", placed: v4("eth0", "10.0.0.2", 24) },
  { kind: "add", placed: v6("eth0", "fd00::1") },
  { kind: "stranger-routes", interface: "eth0", family: 4, destination: "10.9.1.0/24", gateway: "10.0.0.101" },
  { kind: "stranger-neighbours", interface: "eth0", address: "10.0.0.200", mac: "02:00:00:00:09:08" },
];

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
    return step.kind === "fail-over" ? failOver(this.port, step) : this.port.play(step);
  }

  state(): readonly string[] {
    this.#learn();
    return spellState(this.port.snapshot(), this.names);
  }

  rest(): readonly string[] {
    return spellRest(this.port);
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

/**
 * Waits until the real kernel has come to rest where the simulated one is, or long enough. What takes programs to ask for,
 * the rest, is asked last.
 */
function settle(real: Player, simulated: Player, areReportsCompared: boolean): void {
  const end = bootClock() + SETTLE_US;
  const isSettled = (): boolean =>
    isSame(real.state(), simulated.state()) &&
    (!areReportsCompared || isSame(real.events(), simulated.events())) &&
    isSame(real.rest(), simulated.rest());
  while (!isSettled() && bootClock() < end) Atomics.wait(PAUSE, 0, 0, 2);
}

function compare(script: readonly Step[], promotesSecondaries: boolean): void {
  const port = new RealPort(promotesSecondaries);
  try {
    const [real, simulated] = [new Player(port), new Player(new SimulatedPort(promotesSecondaries))];
    settle(real, simulated, true);
    for (const [index, step] of script.entries()) {
      const about = `step ${index}, ${JSON.stringify(step)}, of ${JSON.stringify(script)}`;
      assert.equal(simulated.play(step), real.play(step), `answer to ${about}`);
      // A change of paths switches interfaces off and on again, which the kernel sums up as it likes.
      const areReportsCompared = step.kind !== "fail-over";
      settle(real, simulated, areReportsCompared);
      assert.deepEqual(simulated.state(), real.state(), `state after ${about}`);
      if (areReportsCompared) assert.deepEqual(simulated.events(), real.events(), `reports of ${about}`);
      assert.deepEqual(simulated.rest(), real.rest(), `the rest after ${about}`);
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

  test("takes changes of paths, with a crash at any step, as the real one does", () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 3, arbitrary: anyStep },
        { weight: 3, arbitrary: anyConfiguration },
        { weight: 2, arbitrary: anyFailOver },
      ),
      { minLength: 5, maxLength: 20 },
    );
    fc.assert(
      fc.property(steps, (script) => compare([...CONFIGURED, ...script], false)),
      { numRuns: SCRIPTS },
    );
  });

  test("takes routes of ours beside one another, and loses them with what they need", () => {
    const both = INTERFACES.flatMap((name, index): readonly Step[] => [
      { kind: "stranger-adds", placed: v4(name, `10.0.0.${index + 11}`, 24) },
      { kind: "stranger-adds", placed: v6(name, `fd00::${index + 11}`) },
    ]);
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: anyRouteStep }, { weight: 1, arbitrary: anyStep }), {
      minLength: 5,
      maxLength: 25,
    });
    fc.assert(
      fc.property(steps, (script) => compare([...both, ...script], false)),
      { numRuns: SCRIPTS },
    );
  });

  test("makes an interface with a MAC of its own for an address, which goes with the last and with what it lies on", () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: anyMadeStep },
        { weight: 3, arbitrary: anyStep },
        { weight: 1, arbitrary: anyFailOver },
      ),
      { minLength: 5, maxLength: 25 },
    );
    fc.assert(
      fc.property(steps, fc.boolean(), (script, promotes) => compare(script, promotes)),
      { numRuns: MADE_SCRIPTS },
    );
  });

  test("keeps the second address on such an interface when the first of its subnet goes", () => {
    const made = { on: "eth0", mac: OWN_MAC };
    const [first, second] = [v4(MADE[0], "10.0.0.5", 24), v4(MADE[0], "10.0.0.6", 24)];
    const steps: readonly Step[] = [
      { kind: "add", placed: { ...first, made } },
      { kind: "add", placed: { ...second, made } },
      { kind: "cable-out", interface: "eth0" },
      { kind: "remove", placed: { ...first, made } },
      { kind: "link-down", interface: "eth0" },
      { kind: "add", placed: { ...first, made } },
      { kind: "delete", interface: "eth0" },
      { kind: "remove", placed: { ...second, made } },
    ];
    compare(steps, false);
    compare(steps, true);
  });

  test("finds no gateway on an interface that is down, and the same one again when it is up", () => {
    const [four, six] = [
      { interface: "eth0", family: 4, address: "192.168.1.1", gateway: "10.0.0.101" },
      { interface: "eth0", family: 6, address: "fd01::1", gateway: "fd00::101" },
    ] as const;
    const steps: readonly Step[] = [
      { kind: "stranger-adds", placed: v4("eth0", "10.0.0.1", 24) },
      { kind: "stranger-adds", placed: v6("eth0", "fd00::1") },
      { kind: "add-route", route: four },
      { kind: "add-route", route: six },
      { kind: "link-down", interface: "eth0" },
      { kind: "remove-route", route: four },
      { kind: "add-route", route: four },
      { kind: "add-route", route: six },
      { kind: "link-up", interface: "eth0" },
      { kind: "add-route", route: four },
      { kind: "add-route", route: four },
    ];
    compare(steps, false);
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
