import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { instant } from "../../base/time.js";
import { FakeInterfaces, type Refusal, address, interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { CollectedEffects } from "../../../test/support/path-bench.js";
import { groupConfig } from "../../../test/support/path-group-config.js";
import type {
  ConfiguredRoute,
  InterfaceChange,
  InterfaceConfiguration,
  VlanInterface,
} from "../../model/interface-configuration.js";
import type { FailoverPlan, PathGroupConfig } from "../../model/path.js";
import { addressName, namesIn, neighbourName, routeName } from "./configured-items.js";
import { type FailoverOrder, planFailover } from "./failover-plan.js";
import { Failover, type FailoverOutcome } from "./failover.js";
import { namesOf } from "./step-items.js";

const DUMMY = { address: "129.1.1.5", family: 4, prefixLength: 24 } as const;
const WARM: Partial<PathGroupConfig> = { standby: { kind: "warm", address: DUMMY } };

const vlan = (id: number, texts: readonly string[]): VlanInterface => {
  const { vlans: _none, ...configuration } = interfaceNamed(`v${id}`, { addresses: texts.map(address) });
  return { name: `v${id}`, id, protocol: "802.1Q", flags: 1, configuration };
};
const route = (family: 4 | 6, destination: string): InterfaceConfiguration["routes"][number] => ({
  family,
  destination,
  table: 254,
  description: "",
});
const neighbour = (text: string): InterfaceConfiguration["neighbours"][number] => ({
  family: 4,
  address: text,
  mac: "02:00:00:00:00:77",
  isProxy: false,
});

const FULL = interfaceNamed("eth0", {
  mtu: 9000,
  addresses: [address("10.0.0.1"), address("fd00::1")],
  routes: [route(4, "default"), route(6, "fd01::/64")],
  neighbours: [neighbour("10.0.0.77")],
  vlans: [vlan(7, ["10.7.0.1"])],
});

const orderOf = (change: Partial<FailoverOrder> = {}): FailoverOrder => ({
  group: groupConfig(),
  reason: { kind: "carrier-lost" },
  from: FULL,
  to: interfaceNamed("eth1"),
  stays: new Set(),
  ...change,
});

const said = ({ kind, interface: name }: InterfaceChange): string => `${name} ${kind}`;

test("HN-4, AF-5: cold standby, each keeps its MAC: everything is taken off before it is put on, then announced", () => {
  assert.deepEqual(planFailover(orderOf()).steps.map(said), [
    "eth0 delete-vlans",
    "eth0 remove-addresses",
    "eth0 remove-routes",
    "eth0 remove-neighbours",
    "eth0 forget-neighbours",
    "eth1 set-mtu",
    "eth1 enable",
    "eth1 add-addresses",
    "eth1 create-vlans",
    "eth1 add-routes",
    "eth1 add-neighbours",
    "eth1 forget-neighbours",
    "eth1 announce-addresses",
  ]);
});

test("HN-5: the MAC moves along: the failed interface gives it up while it is off, and is on again at the end", () => {
  const order = orderOf({ group: groupConfig({ mac: "move" }), from: interfaceNamed("eth0") });
  assert.deepEqual(planFailover(order).steps.map(said), [
    "eth0 forget-neighbours",
    "eth0 disable",
    "eth0 set-mac",
    "eth1 set-mac",
    "eth1 enable",
    "eth1 forget-neighbours",
    "eth0 enable",
  ]);
});

test("HN-5: two interfaces that share a MAC are left with it", () => {
  const to = interfaceNamed("eth1", { mac: FULL.mac });
  const steps = planFailover(orderOf({ group: groupConfig({ mac: "move" }), to })).steps;
  assert.ok(steps.every(({ kind }) => kind !== "set-mac" && kind !== "disable"));
});

test("HN-6: warm standby: the two swap their parameters, and the failed one is switched off", () => {
  const to = interfaceNamed("eth1", { up: false, addresses: [address(DUMMY.address)] });
  const from = interfaceNamed("eth0", { addresses: [address("10.0.0.1")] });
  const world = new FakeInterfaces([from, to]);
  const plan = planFailover(orderOf({ group: groupConfig({ ...WARM, mac: "move" }), from, to }));
  for (const step of plan.steps) world.apply(step);
  assert.deepEqual(world.get("eth0"), { ...from, mac: to.mac, up: false, addresses: [address(DUMMY.address)] });
  assert.deepEqual(world.get("eth1"), { ...to, mac: from.mac, up: true, addresses: [address("10.0.0.1")] });
  for (const step of plan.undo) world.apply(step);
  assert.deepEqual([world.get("eth0"), world.get("eth1")], [from, to]);
});

test("AF-4: an address that stays keeps the routes of its family and its VLAN where they are", () => {
  const { moved } = planFailover(orderOf({ stays: new Set(["10.0.0.1", "10.7.0.1"]) }));
  assert.deepEqual(
    [moved.addresses, moved.routes, moved.neighbours, moved.vlans].map((list) => list.length),
    [1, 1, 0, 0],
  );
  assert.equal(moved.routes[0]?.family, 6);
});

test("routes over other interfaces go off before the addresses that they go out from, and on again at the end", () => {
  const out = (source: string): ConfiguredRoute => ({ ...route(4, `${source}/32`), source });
  const sourced = [{ interface: "eth2", routes: ["10.0.0.1", "10.0.0.2"].map(out) }];
  const from = { ...interfaceNamed("eth0", { addresses: ["10.0.0.1", "10.0.0.2"].map(address) }), sourced };
  const { steps, undo, moved } = planFailover(orderOf({ from, stays: new Set(["10.0.0.2"]) }));
  assert.deepEqual(moved.sourced, [{ interface: "eth2", routes: [out("10.0.0.1")] }]);
  for (const [changes, [a, b]] of [
    [steps, ["eth0", "eth1"]],
    [undo, ["eth1", "eth0"]],
  ] as const) {
    const order = ["eth2 remove-routes", `${a} remove-addresses`, `${b} add-addresses`, "eth2 add-routes"];
    assert.deepEqual(
      changes.map(said).filter((each) => order.includes(each)),
      order,
    );
  }
});

// --- one plan, carried out -----------------------------------------------------------------------------------------

/** Carries a plan out on a world; what the kernel refuses is told by the caller, who may also let the agent die. */
class Run {
  readonly world: FakeInterfaces;
  readonly effects = new CollectedEffects();
  #failover: Failover;
  readonly #forced: boolean;
  disk: FailoverPlan | undefined;
  outcome: FailoverOutcome | undefined;
  writes = 0;

  constructor(world: FakeInterfaces, plan: FailoverPlan, forced: boolean) {
    this.world = world;
    this.#forced = forced;
    this.#failover = this.#begin(plan);
  }

  /** The agent dies and finds what is on record. */
  crash(toUsable: boolean): void {
    if (this.disk === undefined) return;
    this.effects.take();
    const direction = toUsable ? this.disk.direction : "undo";
    this.#failover = this.#begin({ ...this.disk, direction });
  }

  /** The step that is out, done or refused as the world likes; false when there is none. */
  step(refuses: Refusal = () => false, transient = false, lose = false): boolean {
    const order = this.effects.take()[0];
    if (order?.kind === "capture-interface") return this.#lookUp(order.step, order.interface, transient);
    if (order?.kind !== "change-interface") return false;
    assert.ok(this.disk !== undefined, "no step without a record");
    const problem = transient ? { code: "EBUSY", message: "busy" } : this.world.apply(order.change, refuses);
    assert.ok(this.#failover.owns(order.step));
    if (lose) return true;
    this.#conclude(this.#failover.answer(instant(0), problem, this.effects));
    return true;
  }

  #lookUp(step: number, name: string, fails: boolean): boolean {
    assert.ok(this.#failover.owns(step));
    const there = fails ? undefined : this.world.get(name);
    this.#conclude(
      there === undefined
        ? this.#failover.answer(instant(0), { code: "EBUSY", message: "busy" }, this.effects)
        : this.#failover.captured(instant(0), there, this.effects),
    );
    return true;
  }

  /** What is owed after a move is no undoing of it. */
  #conclude(outcome: FailoverOutcome | undefined): void {
    if (this.outcome?.kind !== "moved") this.outcome = outcome;
  }

  #begin(plan: FailoverPlan): Failover {
    const record = (written: FailoverPlan | undefined): void => {
      this.disk = written;
      this.writes += 1;
    };
    const failover = new Failover(plan, {
      forced: this.#forced,
      awaitsPaths: false,
      owedBack: () => undefined,
      record,
    });
    failover.begin(instant(0), this.effects);
    return failover;
  }
}

const refusing =
  (...items: readonly string[]): Refusal =>
  (item, name, kind) =>
    name === "eth1" && items.includes(item) && !TAKING.has(kind);
const TAKING: ReadonlySet<string> = new Set(["remove-addresses", "delete-vlans", "remove-routes", "remove-neighbours"]);

function finished(forced: boolean, refuses: Refusal, from = FULL): Run {
  const world = new FakeInterfaces([from, interfaceNamed("eth1")]);
  const run = new Run(world, planFailover(orderOf({ from })), forced);
  while (run.step(refuses));
  return run;
}

const remedies = (run: Run): readonly string[] =>
  run.effects.notes.flatMap((note) => (note.code === "path.step-refused" ? [note.remedy] : []));

test("a plan is on record from before its first step until after its last", () => {
  const run = finished(false, () => false);
  assert.deepEqual(run.outcome, { kind: "moved", unmoved: [] });
  assert.equal(run.disk, undefined);
  assert.equal(run.writes, 2);
  const { interface: _name, mac: _mac, ...rest } = FULL;
  assert.deepEqual({ ...run.world.get("eth1"), ...rest }, run.world.get("eth1"));
});

test("a step that was refused is tried again, and then the plan goes on", () => {
  const world = new FakeInterfaces([FULL, interfaceNamed("eth1")]);
  const run = new Run(world, planFailover(orderOf()), false);
  for (let count = 0; run.step(() => false, count === 2); count += 1);
  assert.equal(run.outcome?.kind, "moved");
  assert.deepEqual(remedies(run), ["tried-again"]);
});

test("a planned move that meets a refusal is undone: the interface that is left still works", () => {
  const run = finished(false, refusing("default"));
  assert.equal(run.outcome?.kind, "undone");
  assert.deepEqual(run.world.get("eth0"), FULL);
  assert.deepEqual(run.world.get("eth1"), interfaceNamed("eth1"));
});

test("what the other interface had before, it keeps when the plan is undone", () => {
  const to = interfaceNamed("eth1", { addresses: [address("10.0.0.1")] });
  const world = new FakeInterfaces([FULL, to]);
  const run = new Run(world, planFailover(orderOf({ to })), false);
  while (run.step(refusing("default")));
  assert.equal(run.outcome?.kind, "undone");
  assert.deepEqual(world.get("eth1"), to);
});

test("a forced move goes on without what is refused: that alone goes back, by name", () => {
  const from = { ...FULL, addresses: ["10.0.0.1", "10.0.0.2", "fd00::1", "10.0.0.3"].map(address) };
  const run = finished(true, refusing("fd00::1", "fd01::/64"), from);
  assert.ok(run.outcome?.kind === "moved");
  assert.deepEqual(run.outcome.unmoved, [{ address: "fd00::1", interface: "eth0", against: [], problem: "fd00::1" }]);
  assert.deepEqual(run.disk?.undo, [{ kind: "add-routes", interface: "eth1", routes: [route(6, "fd01::/64")] }]);
  assert.deepEqual(run.world.placesOf("fd00::1"), ["eth0"]);
  for (const each of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) assert.deepEqual(run.world.placesOf(each), ["eth1"]);
});

test("a part that was taken with a larger batch, and is refused alone, does not stay on both", () => {
  const from = { ...FULL, addresses: ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map(address) };
  const world = new FakeInterfaces([from, interfaceNamed("eth1")]);
  const run = new Run(world, planFailover(orderOf({ from })), true);
  /** The kernel is busy when 10.0.0.1 is tried alone. */
  const isBusy = (): boolean =>
    run.effects.effects.some(
      (each) =>
        each.kind === "change-interface" &&
        each.change.kind === "add-addresses" &&
        each.change.interface === "eth1" &&
        each.change.addresses.map((one) => one.address).join() === "10.0.0.1",
    );
  while (run.outcome === undefined) run.step(refusing("10.0.0.3"), isBusy());
  assert.equal(run.outcome.kind, "moved");
  assert.deepEqual(world.placesOf("10.0.0.1"), ["eth0"]);
  assert.deepEqual(world.placesOf("10.0.0.2"), ["eth1"]);
  assert.deepEqual(world.placesOf("10.0.0.3"), ["eth0"]);
});

test("a forced move that could move no address is undone", () => {
  const run = finished(true, refusing("10.0.0.1", "fd00::1"));
  assert.equal(run.outcome?.kind, "undone");
  assert.deepEqual(run.world.get("eth0"), FULL);
});

test("an interface that is gone refuses nothing: what was to be taken off it is off", () => {
  const world = new FakeInterfaces([interfaceNamed("eth1")]);
  const run = new Run(world, planFailover(orderOf({ group: groupConfig({ ...WARM, mac: "move" }) })), true);
  while (run.step());
  assert.deepEqual(run.outcome, { kind: "moved", unmoved: [] });
  assert.deepEqual(world.placesOf("10.0.0.1"), ["eth1"]);
  assert.equal(world.get("eth1")?.mac, FULL.mac);
});

test("what can't be taken off again is not put back on the other interface meanwhile, and is tried again", () => {
  const world = new FakeInterfaces([FULL, interfaceNamed("eth1")]);
  const run = new Run(world, planFailover(orderOf()), false);
  const isStuck: Refusal = (item, name, kind) =>
    name === "eth1" && (item === "default" || (item === "10.0.0.1" && kind === "remove-addresses"));
  while (run.step(isStuck)) assert.ok(world.placesOf("10.0.0.1").length <= 1);
  assert.equal(run.outcome?.kind, "undone");
  assert.deepEqual(world.placesOf("10.0.0.1"), ["eth1"]);
  assert.deepEqual(world.placesOf("fd00::1"), ["eth0"], "what can go back does");
  assert.deepEqual(
    run.disk?.undo.map((each) => [said(each), namesOf(each)]),
    [
      ["eth1 remove-addresses", ["10.0.0.1"]],
      ["eth0 add-addresses", ["10.0.0.1"]],
      ["eth0 announce-addresses", ["10.0.0.1"]],
    ],
  );
  run.crash(false);
  while (run.step());
  assert.deepEqual(world.placesOf("10.0.0.1"), ["eth0"]);
  assert.equal(run.disk, undefined);
});

test("a refusal to take off what was never put there does not keep it from where it was", () => {
  const world = new FakeInterfaces([FULL, interfaceNamed("eth1")]);
  const run = new Run(world, planFailover(orderOf()), false);
  while (run.step((item, _name, kind) => item === "10.0.0.1" && kind === "remove-addresses"));
  assert.equal(run.outcome?.kind, "undone");
  assert.equal(run.disk, undefined);
  assert.deepEqual(world.get("eth0"), FULL);
});

// --- whatever happens ----------------------------------------------------------------------------------------------

const MOVABLE = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "fd00::1", "fd00::2"];
const ON_VLANS = ["10.7.0.1", "10.8.0.1"];
const PARTS = [...MOVABLE, ...ON_VLANS, "default", "fd01::/64", "10.0.0.77", "v7", "v8", "02:00:00:00:00:00"];
const MACS = ["02:00:00:00:00:00", "02:00:00:00:00:01"];
const NOT_OURS = interfaceNamed("eth2", { addresses: [address("10.9.0.1")], routes: [route(4, "10.9.9.0/24")] });
/** One for the same address as what moves, with another MAC. */
const OWN_NEIGHBOURS = [neighbour("10.0.0.88"), { ...neighbour("10.0.0.77"), mac: "02:00:00:00:00:99" }];
const STEPS_MAX = 500;

const scenario = fc.record({
  addresses: fc.subarray(MOVABLE),
  vlans: fc.subarray([7, 8]),
  stays: fc.subarray([...MOVABLE, ...ON_VLANS], { maxLength: 3 }),
  refused: fc.subarray(PARTS, { maxLength: 3 }),
  /** What the kernel does not take off either interface, until the plan has ended once. */
  stuck: fc.subarray([...MOVABLE, "v7", "v8", "default", "10.0.0.77"], { maxLength: 2 }),
  /** What it does not put back, or set back, until then. */
  unreturned: fc.subarray([...PARTS, ...MACS, "up", "down", "mtu 1500", "fd00::9", "10.0.0.99"], { maxLength: 4 }),
  warm: fc.boolean(),
  mac: fc.constantFrom("keep" as const, "move" as const),
  gone: fc.boolean(),
  forced: fc.boolean(),
  /** Steps at which the kernel is busy once. */
  busy: fc.uniqueArray(fc.nat(40), { maxLength: 3 }),
  /** Steps after, or before, which the agent dies, and whether `to` can be used when it is back. */
  crashes: fc.uniqueArray(fc.tuple(fc.nat(40), fc.boolean(), fc.boolean()), { maxLength: 3, selector: ([at]) => at }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer Each> ? Each : never;

function play(drawn: Scenario): void {
  const from = interfaceNamed("eth0", {
    mtu: drawn.vlans.length > 0 ? 9_000 : 1_500,
    addresses: drawn.addresses.map(address),
    routes: [route(4, "default"), route(6, "fd01::/64")],
    neighbours: [neighbour("10.0.0.77")],
    vlans: drawn.vlans.map((id) => vlan(id, [`10.${id}.0.1`])),
  });
  const own = [address("10.0.0.200"), ...(drawn.warm ? [address(DUMMY.address)] : [])];
  const to = interfaceNamed("eth1", {
    up: !drawn.warm,
    addresses: own,
    ...(drawn.warm ? {} : { routes: [route(4, "10.200.0.0/16"), route(4, "default")], neighbours: OWN_NEIGHBOURS }),
  });
  const group = groupConfig({ mac: drawn.mac, ...(drawn.warm ? WARM : {}) });
  const plan = planFailover(orderOf({ group, from, to, stays: new Set(drawn.stays) }));
  const world = new FakeInterfaces([...(drawn.gone ? [] : [from]), to, NOT_OURS]);
  const run = new Run(world, plan, drawn.forced);
  const isRefused = refusing(...drawn.refused);
  const refuses: Refusal = (item, name, kind) => {
    if (TAKING.has(kind)) return drawn.stuck.includes(item);
    return isRefused(item, name, kind) || (run.disk?.direction === "undo" && drawn.unreturned.includes(item));
  };
  let count = 0;
  for (let going = true; going && count < STEPS_MAX; count += 1) {
    const crash = drawn.crashes.find(([at]) => at === count);
    if (crash?.[1] === true) run.crash(crash[2]);
    const isBusy = drawn.busy.includes(count) && !drawn.busy.includes(count - 1);
    going = run.step(refuses, isBusy, crash?.[1] === false);
    if (crash?.[1] === false) run.crash(crash[2]);
  }
  assert.ok(count < STEPS_MAX, "it ends");
  for (const each of plan.moved.addresses) assert.ok(world.placesOf(each.address).length <= 1, "never on two");
  run.crash(false);
  while (run.step());
  judge(drawn, { from, to }, run, plan);
}

/** The order in which things are put back is the kernel's matter. */
const sorted = (configuration: InterfaceConfiguration = interfaceNamed("nowhere")): unknown => {
  const { addresses, routes, neighbours, vlans } = configuration;
  return {
    ...configuration,
    addresses: addresses.map(addressName).sort(),
    routes: routes.map(routeName).sort(),
    neighbours: neighbours.map((each) => `${neighbourName(each)} ${each.mac}`).sort(),
    vlans: vlans.toSorted((x, y) => x.id - y.id),
  };
};

function judge(
  drawn: Scenario,
  before: { readonly from: InterfaceConfiguration; readonly to: InterfaceConfiguration },
  { world, disk, outcome }: Run,
  plan: FailoverPlan,
): void {
  const owed = disk?.undo.filter((change) => !drawn.gone || change.interface !== before.from.interface);
  assert.deepEqual(owed ?? [], [], "nothing is left on record but for an interface that is gone");
  assert.ok(outcome !== undefined);
  const moved = [...plan.moved.addresses, ...plan.moved.vlans.flatMap(({ configuration }) => configuration.addresses)];
  for (const each of moved) {
    const places = world.placesOf(each.address);
    assert.ok(places.length === 1 || (drawn.gone && places.length === 0), `${each.address} is on ${places.join(" ")}`);
  }
  for (const each of plan.moved.addresses) {
    const named: boolean =
      outcome.kind === "moved" && outcome.unmoved.some((unmoved) => unmoved.address === each.address);
    const expected: string = outcome.kind === "moved" && !named ? "eth1" : "eth0";
    if (!drawn.gone) assert.deepEqual(world.placesOf(each.address), [expected]);
  }
  const stayed = before.from.addresses.filter((each) => !plan.moved.addresses.includes(each));
  for (const each of stayed) assert.deepEqual(world.placesOf(each.address), drawn.gone ? [] : ["eth0"]);
  assert.deepEqual(world.get("eth2"), NOT_OURS, "what is not ours is as it was");
  assert.deepEqual(world.placesOf("10.0.0.200"), ["eth1"]);
  if (drawn.gone) return;
  if (outcome.kind === "undone") {
    assert.deepEqual([sorted(world.get("eth0")), sorted(world.get("eth1"))], [sorted(before.from), sorted(before.to)]);
  } else {
    const now = new Set(namesIn(world.get("eth1") ?? assert.fail()));
    const links = [...plan.moved.routes.map(routeName), ...plan.moved.neighbours.map(neighbourName)];
    assert.deepEqual(
      links.filter((name) => !now.has(name)),
      [],
      "what goes with the addresses is there, if late",
    );
  }
  if (outcome.kind === "moved" && before.to.up) {
    assert.ok(world.get("eth1")?.routes.some(({ destination }) => destination === "10.200.0.0/16"));
    assert.ok(world.get("eth1")?.neighbours.some((each) => each.address === "10.0.0.88"));
  }
  assert.notEqual(world.get("eth0")?.mac, world.get("eth1")?.mac);
  const [active, idle] = outcome.kind === "moved" ? ["eth1", "eth0"] : ["eth0", "eth1"];
  assert.equal(world.get(active)?.up, true);
  if (drawn.warm) {
    assert.deepEqual(world.placesOf(DUMMY.address), [idle]);
    assert.equal(world.get(idle)?.up, false);
  }
  if (outcome.kind === "undone") assert.equal(world.get("eth0")?.mac, before.from.mac);
}

test("whatever is refused and wherever the agent dies, each address is on exactly one interface in the end", () => {
  fc.assert(fc.property(scenario, play), { numRuns: 1_500, seed: 7 });
});

test("a crash before or after every single step ends in a sound state, forward or back", () => {
  for (let at = 0; at < 40; at += 1) {
    for (const bits of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const [isBefore, isUsable, warm] = [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0];
      play({
        addresses: MOVABLE,
        vlans: [7],
        stays: ["10.0.0.2"],
        refused: [],
        stuck: [],
        unreturned: [],
        warm,
        mac: "move",
        gone: false,
        forced: true,
        busy: [],
        crashes: [[at, isBefore, isUsable]],
      });
    }
  }
});

test("what stays on an interface that is off for a moment, and would be lost by that, is put back", () => {
  const from = interfaceNamed("eth0", { addresses: ["10.0.0.1", "fd00::1", "fd00::2"].map(address) });
  const group = groupConfig({ mac: "move" });
  const stays = new Set(["fd00::2"]);
  const to = interfaceNamed("eth1");
  const { steps, undo } = planFailover({ group, reason: { kind: "carrier-lost" }, from, to, stays });
  const putBack = { kind: "add-addresses", interface: "eth0", addresses: [address("fd00::2")] };
  const at = steps.findIndex((step) => isDeepStrictEqual(step, putBack));
  assert.ok(at > steps.findIndex(({ kind, interface: name }) => kind === "disable" && name === "eth0"));
  assert.ok(undo.some((step) => isDeepStrictEqual(step, putBack)));
});

test("a VLAN that stays on an interface that is off for a moment has back what it lost by that", () => {
  const group = groupConfig({ mac: "move" });
  const { steps, undo } = planFailover(orderOf({ group, stays: new Set(["10.7.0.1"]) }));
  const putBack = { kind: "create-vlans", interface: "eth0", vlans: FULL.vlans };
  const at = steps.findIndex((step) => isDeepStrictEqual(step, putBack));
  assert.ok(at > steps.findIndex(({ kind, interface: name }) => kind === "enable" && name === "eth0"));
  assert.ok(undo.some((step) => isDeepStrictEqual(step, putBack)));
});

test("a VLAN that stays on an interface that is switched off for good keeps its addresses there", () => {
  const { steps } = planFailover(orderOf({ group: groupConfig(WARM), stays: new Set(["10.7.0.1"]) }));
  const kept = steps.find(({ kind, interface: name }) => kind === "create-vlans" && name === "eth0");
  assert.ok(kept?.kind === "create-vlans");
  assert.deepEqual(
    kept.vlans.map(({ configuration }) => [configuration.up, configuration.addresses.length]),
    [[false, 1]],
  );
});

test("a VLAN that is switched off is moved, and nothing is announced on it", () => {
  const off = vlan(8, ["10.8.0.1"]);
  const silent = { ...off, configuration: { ...off.configuration, up: false } };
  const { steps } = planFailover(orderOf({ from: { ...FULL, vlans: [...FULL.vlans, silent] } }));
  const announced = steps.find(({ kind }) => kind === "announce-addresses");
  assert.deepEqual(announced !== undefined && namesOf(announced), ["10.0.0.1", "fd00::1", "v7"]);
});

test("what an undone plan could not set or put back is on record, with all that would be lost by doing it late", () => {
  const world = new FakeInterfaces([FULL, interfaceNamed("eth1")]);
  const plan = planFailover(orderOf({ group: groupConfig({ mac: "move" }) }));
  const run = new Run(world, plan, false);
  const isRefused: Refusal = (item, name) =>
    name === "eth1" ? item === "default" : item === FULL.mac && run.disk?.direction === "undo";
  while (run.step(isRefused));
  assert.deepEqual(run.disk?.undo.map(said), [
    "eth0 set-mac",
    "eth0 enable",
    "eth0 add-addresses",
    "eth0 create-vlans",
    "eth0 add-routes",
    "eth0 add-neighbours",
    "eth0 forget-neighbours",
    "eth0 announce-addresses",
  ]);
  run.crash(false);
  while (run.step());
  assert.deepEqual([run.disk, world.get("eth0")], [undefined, FULL]);
});

function restOf(outcome: FailoverOutcome | undefined): unknown {
  assert.ok(outcome?.kind === "undone");
  return [outcome.rest?.undo.flatMap(namesOf), outcome.dropped.flatMap(namesOf)];
}

test("of several routes to a destination, those of the plan itself do not stand in the place of one that is owed", () => {
  const via = (gateway: string): ConfiguredRoute => ({ ...route(4, "10.80.0.0/16"), gateway, source: "10.0.0.1" });
  const [first, second] = [via("10.9.0.2"), via("10.9.0.3")];
  const sourced = [{ interface: "eth2", routes: [first, second] }];
  const plan = planFailover(
    orderOf({ from: { ...interfaceNamed("eth0", { addresses: [address("10.0.0.1")] }), sourced } }),
  );
  /** What becomes of the routes, which are owed, when the kernel takes the first and not the second. */
  const tried = (routes: readonly ConfiguredRoute[], there: readonly ConfiguredRoute[]): unknown => {
    const owed = {
      ...plan,
      direction: "undo",
      steps: [],
      undo: [{ kind: "add-routes", interface: "eth2", routes }],
    } as const;
    const effects = new CollectedEffects();
    const failover = new Failover(owed, {
      forced: false,
      awaitsPaths: true,
      owedBack: () => undefined,
      record: () => undefined,
    });
    failover.begin(instant(0), effects);
    const before = interfaceNamed("eth2", { routes: there.filter((each) => !routes.includes(each)) });
    const seen = failover.captured(instant(0), before, effects);
    if (seen !== undefined) return restOf(seen);
    assert.equal(failover.answer(instant(0), { code: "EINVAL", message: "no way there" }, effects), undefined);
    return restOf(failover.captured(instant(0), interfaceNamed("eth2", { routes: there }), effects));
  };
  const name = routeName(second);
  assert.deepEqual(tried([first, second], [first]), [[name], []], "both are tried");
  assert.deepEqual(tried([second], [first]), [[name], []], "later, the one that is owed still");
  assert.deepEqual(tried([second], [first, via("10.9.0.4")]), [undefined, [name]], "somebody else's");
});
