import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { interfaceNamed } from "../../../test/support/fake-interfaces.js";
import { ETH0, type PathBench, startedBench } from "../../../test/support/path-bench.js";
import { seconds } from "../../base/time.js";
import type { PathRole } from "../../model/path.js";

type Name = "eth0" | "eth1";
type Event = (mether0: PathBench) => unknown;

const name = fc.constantFrom<Name>("eth0", "eth1");
const role = fc.constantFrom<PathRole>("primary", "secondary");

/** What happens to a group: faults, repairs, orders, crashes, and time. */
const anyEvent: fc.Arbitrary<readonly [string, Event]> = fc.oneof(
  fc
    .tuple(name, fc.boolean())
    .map(([which, has]) => [`carrier ${which} ${has}`, (of: PathBench) => of.carrier(which, has)] as const),
  fc
    .tuple(role, fc.boolean())
    .map(([which, ok]) => [`judge ${which} ${ok}`, (of: PathBench) => of.judge(which, ok)] as const),
  fc.nat(5_000).map((ms) => [`wait ${ms}`, (of: PathBench) => of.wait(ms)] as const),
  name.map(
    (to) =>
      [`switch ${to}`, (of: PathBench) => of.order((group, now, effects) => group.switchTo(now, to, effects))] as const,
  ),
  name.map(
    (which) =>
      [
        `detach ${which}`,
        (of: PathBench) => of.order((group, now, effects) => group.detach(now, which, effects)),
      ] as const,
  ),
  name.map(
    (which) =>
      [
        `attach ${which}`,
        (of: PathBench) => of.order((group, now, effects) => group.attach(now, which, effects)),
      ] as const,
  ),
  fc.nat(3).map((switches) => [`peer ${switches}`, (of: PathBench) => of.peer(switches, ["10.0.0.254"])] as const),
  fc.constant(["restart", (of: PathBench) => of.restart(of.groups.memories())] as const),
  fc.nat(14).map(
    (steps) =>
      [
        `die in ${steps}`,
        (of: PathBench) => {
          of.dieAt = of.effects.nextStep() + steps;
          of.carrier(of.group.activeInterface, false);
          return of.restart(of.groups.memories());
        },
      ] as const,
  ),
);

const tearOut: fc.Arbitrary<readonly [string, Event]> = fc.oneof(
  name.map((which) => [`unplug ${which}`, (of: PathBench) => of.unplug(which)] as const),
  name.map(
    (which) => [`plug ${which}`, (of: PathBench) => of.world.get(which) ?? of.plug(interfaceNamed(which))] as const,
  ),
);

const kind = fc.record({
  mac: fc.constantFrom("keep" as const, "move" as const),
  standby: fc.constantFrom({ kind: "cold" } as const, { kind: "warm" } as const),
  failback: fc.constantFrom({ kind: "never" } as const, { kind: "after", delay: seconds(1) } as const),
});

const addresses = ETH0.addresses.map(({ address }) => address);

function settled(mether0: PathBench): void {
  assert.deepEqual(mether0.plans, [], "nothing is left on record");
  assert.equal(mether0.group.isSwitching, false);
  for (const each of addresses) assert.ok(mether0.world.placesOf(each).length <= 1, `${each} is on two interfaces`);
}

test("whatever happens to a group, each address is on exactly one interface, and time always passes", () => {
  const run = fc.property(kind, fc.array(anyEvent, { maxLength: 25 }), (config, events) => {
    const mether0 = startedBench(config);
    for (const [, event] of events) {
      event(mether0);
      settled(mether0);
      for (const each of addresses) assert.equal(mether0.world.placesOf(each).length, 1, `${each} is nowhere`);
    }
    mether0.carrier("eth0", true).carrier("eth1", true).judge("primary", true).judge("secondary", true);
    for (const which of ["eth0", "eth1"]) mether0.order((group, now, effects) => group.attach(now, which, effects));
    mether0.wait(700_000);
    assert.notEqual(mether0.group.view().state, "failed", "with all mended, it works");
    assert.deepEqual(mether0.world.placesOf("10.0.0.1"), [mether0.group.activeInterface]);
  });
  fc.assert(run, { numRuns: 300 });
});

/**
 * An agent that starts and finds nothing on the interface does not put there what was on record: somebody may have taken it
 * away meanwhile. So no agent dies here while the addresses are nowhere.
 */
const isAllowed = (label: string, { world }: PathBench): boolean =>
  !/^(restart|die)/.test(label) || addresses.every((each) => world.placesOf(each).length > 0);

test("interfaces that are torn out and put back never make an address appear twice, and get it back in the end", () => {
  const run = fc.property(kind, fc.array(fc.oneof(anyEvent, tearOut), { maxLength: 25 }), (config, events) => {
    const mether0 = startedBench(config).wait(2_000);
    for (const [label, event] of events) {
      if (isAllowed(label, mether0)) event(mether0);
      settled(mether0);
    }
    for (const which of ["eth0", "eth1"])
      if (mether0.world.get(which) === undefined) mether0.plug(interfaceNamed(which));
    mether0.carrier("eth0", true).carrier("eth1", true).judge("primary", true).judge("secondary", true);
    for (const which of ["eth0", "eth1"]) mether0.order((group, now, effects) => group.attach(now, which, effects));
    mether0.wait(700_000);
    settled(mether0);
    assert.notEqual(mether0.group.view().state, "failed");
    assert.deepEqual(mether0.world.placesOf("10.0.0.1"), [mether0.group.activeInterface]);
  });
  fc.assert(run, { numRuns: 300 });
});

const rename: fc.Arbitrary<readonly [string, Event]> = fc
  .constantFrom<Record<string, string>>(
    { eth0: "lan0" },
    { eth1: "lan1" },
    { lan0: "eth0" },
    { lan1: "eth1" },
    { lan0: "eth1" },
    { lan1: "eth0" },
    { eth0: "eth1", eth1: "eth0" },
  )
  .map((names) => [`rename ${JSON.stringify(names)}`, (of: PathBench) => renamed(of, names)] as const);

/** The kernel refuses a name that another interface has. */
function renamed(mether0: PathBench, names: Readonly<Record<string, string>>): PathBench {
  const isTaken = Object.values(names).some((to) => mether0.world.get(to) !== undefined && names[to] === undefined);
  return isTaken ? mether0 : mether0.rename(names);
}

const reconfigure: fc.Arbitrary<readonly [string, Event]> = fc
  .integer({ min: 15, max: 20 })
  .map((addressesMax) => [
    `reconfigure ${addressesMax}`,
    (of: PathBench) => of.reconfigure({ ...of.group.config, addressesMax }),
  ]);

/** By the next start of an agent the interfaces have the names that are in its file. */
const hasNamesOfFile = ({ world }: PathBench): boolean =>
  ["eth0", "eth1"].every((each) => world.get(each) !== undefined);

test("interfaces that get other names, or each other's, never make an address appear twice, and the traffic is watched", () => {
  const run = fc.property(
    kind,
    fc.array(fc.oneof(anyEvent, rename, reconfigure), { maxLength: 25 }),
    (config, events) => {
      const mether0 = startedBench(config).wait(2_000);
      for (const [label, event] of events) {
        if (!/^(restart|die)/.test(label) || hasNamesOfFile(mether0)) event(mether0);
        settled(mether0);
        assert.deepEqual(mether0.world.placesOf("10.0.0.1"), [mether0.group.activeInterface]);
      }
    },
  );
  fc.assert(run, { numRuns: 300 });
});
