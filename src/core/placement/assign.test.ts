import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { companies } from "../../model/companies.js";
import { ORDINARY, type ServicePlacement } from "../../model/cluster.js";
import { type NodeName, type ServiceName, nodeName, serviceName } from "../../model/names.js";
import { type Assignment, type Obstacle, assign } from "./assign.js";
import type { NodeOffer, PlacementWorld, ServiceDemand } from "./demand.js";

const offer = (name: string, slots: number, memory?: number): NodeOffer => ({
  name: nodeName(name),
  capacity: { slots, ...(memory === undefined ? {} : { memory }) },
  weight: 1,
});

interface Wish extends Partial<Omit<ServicePlacement, "with" | "apart" | "needs">> {
  readonly on?: string;
  readonly nodes?: string;
  readonly with?: string;
  readonly apart?: string;
  readonly needs?: string;
}

const names = (text = ""): ServiceName[] => text.split(" ").filter(Boolean).map(serviceName);

/** A service by what is special about it; lists are words. */
const demand = (name: string, { on, nodes, with: company, apart, needs, ...rest }: Wish = {}): ServiceDemand => ({
  name: serviceName(name),
  placement: { ...ORDINARY, ...rest, with: names(company), apart: names(apart), needs: names(needs) },
  candidates: (nodes ?? "n1 n2 n3").split(" ").filter(Boolean).map(nodeName),
  lastChoices: [],
  holder: on === undefined ? undefined : nodeName(on),
});

/** Where each service belongs: `db n1, shop -`. */
function places(nodes: readonly NodeOffer[], services: readonly ServiceDemand[]): string {
  const assignment = assign({ nodes, services });
  return services.map(({ name }) => `${name} ${assignment.nodeOf(name) ?? "-"}`).join(", ");
}

const threeNodes = [offer("n1", 2), offer("n2", 2), offer("n3", 2)];

test("each goes to the first of its nodes, as far as there is room", () => {
  assert.equal(places(threeNodes, [demand("a"), demand("b"), demand("c")]), "a n1, b n1, c n2");
});

test("N+1: the services of a dead node go to the spare, in the order of priority, and the rest waits", () => {
  const spare = "n3";
  const dead = [
    demand("a", { nodes: spare }),
    demand("b", { nodes: spare, priority: 5 }),
    demand("c", { nodes: spare }),
  ];
  assert.equal(places([offer("n3", 2)], dead), "a n3, b n3, c -");
});

test("who has less choice gets the place, without harm to the other", () => {
  assert.equal(
    places([offer("n1", 1), offer("n2", 1)], [demand("a", { nodes: "n1 n2" }), demand("b", { nodes: "n1" })]),
    "a n2, b n1",
  );
});

test("a held service moves to make a place for one that has no other, and only then", () => {
  const nodes = [offer("n1", 1), offer("n2", 1)];
  const held = demand("a", { nodes: "n1 n2", on: "n1" });
  assert.equal(places(nodes, [held, demand("b", { nodes: "n1" })]), "a n2, b n1");
  assert.equal(places(nodes, [held, demand("b", { nodes: "n1 n2" })]), "a n1, b n2");
});

test("who was moved stays at home all the same when the last to return home leaves room for it", () => {
  const size = { slots: 0, memory: 1 };
  const services = [
    demand("a", { size, nodes: "n1 n3", on: "n1" }),
    demand("b", { size: { slots: 0, memory: 0 }, nodes: "n2", apart: "c", on: "n1" }),
    demand("c", { size, nodes: "n1", on: "n2" }),
    demand("d", { size, nodes: "n2 n1", on: "n2" }),
    demand("e", { size, nodes: "n2", priority: 1 }),
  ];
  const nodes = [offer("n1", 0, 2), offer("n2", 0, 2), offer("n3", 0, 1)];
  assert.equal(places(nodes, services), "a n1, b n2, c n1, d n2, e n2");
});

test("one that makes way makes another go farther, where the first place would be in the way again", () => {
  const worlds = [offer("n1", 9, 1), offer("n2", 9, 1), offer("n3", 9, 2)];
  const of = (name: string, memory: number, wish: Wish): ServiceDemand =>
    demand(name, { size: { slots: 1, memory }, ...wish });
  const services = [
    of("a", 1, { nodes: "n3 n2" }),
    of("d", 1, { nodes: "n3 n2 n1", on: "n2" }),
    of("e", 2, { nodes: "n3" }),
  ];
  assert.equal(places(worlds, services), "a n2, d n1, e n3");
});

test("a held service is stopped for one of higher priority without another place, not for an equal one", () => {
  const held = demand("low", { nodes: "n1", on: "n1" });
  assert.equal(places([offer("n1", 1)], [held, demand("high", { nodes: "n1", priority: 1 })]), "low -, high n1");
  assert.equal(places([offer("n1", 1)], [held, demand("equal", { nodes: "n1" })]), "low n1, equal -");
});

test("what stops for another is taken in elsewhere", () => {
  const low = demand("low", { nodes: "n1 n2", on: "n1", size: { slots: 2 } });
  const high = demand("high", { nodes: "n1", priority: 1 });
  assert.equal(places([offer("n1", 2), offer("n2", 2)], [low, high]), "low n2, high n1");
});

test("several resources count, each by itself", () => {
  const nodes = [offer("n1", 9, 4), offer("n2", 9, 8)];
  const big = { size: { slots: 1, memory: 5 } };
  assert.equal(
    places(nodes, [demand("a", big), demand("b", { size: { slots: 1, memory: 4 } })].map(onTwo)),
    "a n2, b n1",
  );
});

const onTwo = (each: ServiceDemand): ServiceDemand => ({ ...each, candidates: [nodeName("n1"), nodeName("n2")] });

test("services that are to be together go together, or the last of them waits", () => {
  const pair = [demand("a", { with: "b", nodes: "n1 n2" }), demand("b", { nodes: "n1 n2" })];
  assert.equal(places([offer("n1", 1), offer("n2", 2)], pair), "a n2, b n2");
  assert.equal(places([offer("n1", 1), offer("n2", 1)], pair), "a n1, b -");
  const [a, b] = [demand("a", { with: "b", on: "n2" }), demand("b", { on: "n1" })];
  assert.equal(places(threeNodes, [a, b]), "a n2, b n2", "where the first of them is");
});

test("services that are to be apart are, from either side", () => {
  assert.equal(
    places(threeNodes, [demand("a"), demand("b", { apart: "a" }), demand("c", { apart: "a b" })]),
    "a n1, b n2, c n3",
  );
  assert.equal(
    places([offer("n1", 2)], [demand("a", { apart: "b", nodes: "n1" }), demand("b", { nodes: "n1" })]),
    "a n1, b -",
  );
});

test("what the rest of a company makes room for by staying behind is placed at once", () => {
  const services = [
    demand("b", { nodes: " ", on: "n2", with: "e", needs: "c" }),
    demand("c", { nodes: "n2" }),
    demand("e", { nodes: "n2", size: { slots: 0 } }),
  ];
  assert.equal(places([offer("n2", 1)], services), "b -, c n2, e n2");
});

test("what is needed comes first and is worth as much as what needs it", () => {
  const nodes = [offer("n1", 1), offer("n2", 1)];
  const services = [demand("app", { needs: "db", priority: 5 }), demand("db"), demand("mail", { priority: 1 })].map(
    onTwo,
  );
  assert.equal(places(nodes, services), "app n2, db n1, mail -");
  assert.equal(
    places([offer("n1", 1)], [demand("app", { needs: "db", nodes: "n1" }), demand("db", { nodes: "" })]),
    "app -, db -",
  );
});

test("what is spread goes to the node with the least load for its weight", () => {
  const nodes = [{ ...offer("n1", 9), weight: 2 }, offer("n2", 9)];
  const services = ["a", "b", "c", "d", "e", "f"].map((name) => onTwo(demand(name, { spread: true })));
  assert.equal(places(nodes, services), "a n1, b n2, c n1, d n1, e n2, f n1");
});

test("what is spread goes to the least busy of those that nothing speaks against, and to others only where these are full", () => {
  const nodes = [offer("n1", 9), offer("n2", 2), offer("n3", 9)];
  const services = ["a", "b", "c", "d", "e"].map((name) => ({
    ...demand(name, { spread: true, nodes: "n2 n3 n1" }),
    lastChoices: [nodeName("n3"), nodeName("n1")],
  }));
  assert.equal(places(nodes, services), "a n2, b n2, c n3, d n1, e n3");
  const held = ["f", "g"].map((name) => demand(name, { nodes: "n2", on: "n2" }));
  const one = { ...demand("a", { spread: true }), lastChoices: [nodeName("n3")] };
  assert.equal(places(threeNodes, [...held, one]), "f n2, g n2, a n1");
});

test("who is fit nowhere stays where it is, unless it is in the way of a higher priority", () => {
  const stranded = demand("a", { nodes: "", on: "n1" });
  assert.equal(places(threeNodes, [stranded]), "a n1");
  assert.equal(places([offer("n1", 1)], [stranded, demand("b", { nodes: "n1" })]), "a n1, b -");
  assert.equal(places([offer("n1", 1)], [stranded, demand("b", { nodes: "n1", priority: 1 })]), "a -, b n1");
});

test("a node that is too small with nothing on it says so, and says that of nobody's priority", () => {
  const nodes = [offer("n1", 2, 8), offer("n2", 2)];
  const big = demand("big", { size: { memory: 9 }, nodes: "n1 n2" });
  const others = ["a", "b"].map((name) => demand(name, { priority: 1, nodes: "n2", on: "n2" }));
  const obstacle = obstacles(nodes, [big, ...others]);
  assert.deepEqual(obstacle("big", "n1"), {
    kind: "too-small",
    yields: false,
    resource: "memory",
    wanted: 9,
    capacity: 8,
  });
  const beside = demand("a", { priority: 1, nodes: "n1", on: "n1" });
  const alone = obstacles([offer("n1", 2, 8)], [{ ...big, candidates: [nodeName("n1")] }, beside]);
  assert.deepEqual(alone("big", "n1"), { kind: "too-small", yields: true, resource: "memory", wanted: 9, capacity: 8 });
});

test("obstacles say what keeps a service from a node", () => {
  const nodes = [offer("n1", 1), offer("n2", 3)];
  const services = [
    demand("db", { on: "n1", nodes: "n1", priority: 2 }),
    demand("mail", { on: "n2", nodes: "n2", apart: "web" }),
    demand("web", { nodes: "n1 n2" }),
    demand("app", { nodes: "n2", needs: "web" }),
  ];
  const assignment = assign({ nodes, services });
  const against = (service: string, node: string): unknown => assignment.obstacle(serviceName(service), nodeName(node));
  assert.deepEqual(against("web", "n1"), {
    kind: "no-room",
    outranked: true,
    displaces: false,
    yields: true,
    resource: "slots",
    wanted: 1,
    taken: 1,
    capacity: 1,
  });
  assert.deepEqual(against("web", "n2"), { kind: "apart", from: "mail" });
  assert.deepEqual(against("app", "n2"), { kind: "needs", service: "web" });
  assert.equal(against("mail", "n2"), undefined, "it is there");
});

const obstacles = (
  nodes: readonly NodeOffer[],
  services: readonly ServiceDemand[],
): ((service: string, node: string) => Obstacle | undefined) => {
  const assignment = assign({ nodes, services });
  return (service, node) => assignment.obstacle(serviceName(service), nodeName(node));
};

test("who is to be with a service that is not fit for a node cannot be there, wherever the others are", () => {
  const nowhere = obstacles(threeNodes, [demand("in", { nodes: "", with: "out" }), demand("out", { nodes: "n1" })]);
  assert.deepEqual(nowhere("out", "n1"), { kind: "with-unfit", service: "in" });
  const there = obstacles(threeNodes, [
    demand("in", { nodes: "n2", with: "out", on: "n2" }),
    demand("out", { nodes: "n1 n2", on: "n2" }),
  ]);
  assert.deepEqual(there("out", "n1"), { kind: "with-unfit", service: "in" });
  assert.equal(there("in", "n1"), undefined, "that it is not fit itself is for others to say");
});

test("a part of a company that is left out is never told to be with itself", () => {
  const full = obstacles(
    [offer("n1", 1), offer("n2", 1)],
    [demand("app", { nodes: "n1 n2", with: "db" }), demand("db", { nodes: "n1 n2", on: "n1" })],
  );
  const ranks = { outranked: false, displaces: false, yields: false };
  const left = { kind: "no-room", ...ranks, resource: "slots", wanted: 1, taken: 1, capacity: 1 };
  assert.deepEqual([full("app", "n1"), full("app", "n2")], [left, { kind: "with", service: "db" }]);
});

test("a service that moves for another says for which, and is outranked by those of higher priority alone", () => {
  const nodes = [offer("n1", 1), offer("n2", 2)];
  const held = demand("big", { nodes: "n1 n2", on: "n1", priority: 9 });
  const moved = obstacles(nodes, [held, demand("small", { nodes: "n1" })]);
  assert.deepEqual(moved("big", "n1"), { kind: "makes-room", service: "small", yields: false });
  const full = obstacles(
    [offer("n2", 2)],
    [demand("a", { on: "n2", priority: 9 }), demand("b", { on: "n2" }), demand("c", { nodes: "n2" })],
  );
  const shortage = { resource: "slots", wanted: 1, taken: 2, capacity: 2 };
  assert.deepEqual(full("c", "n2"), { kind: "no-room", outranked: false, displaces: false, yields: true, ...shortage });
});

// --- properties ----------------------------------------------------------------------------------------------------

const NODES = ["n1", "n2", "n3"];
const SERVICES = ["a", "b", "c", "d", "e"];

const nodeArbitrary = (name: string): fc.Arbitrary<NodeOffer> =>
  fc
    .record({ slots: fc.integer({ min: 0, max: 3 }), memory: fc.integer({ min: 0, max: 4 }) })
    .map(({ slots, memory }) => offer(name, slots, memory));

/** Needs point to services that come later by name, so that there are no circles. */
const demandArbitrary = (name: string, index: number): fc.Arbitrary<ServiceDemand> =>
  fc
    .record({
      name: fc.constant(serviceName(name)),
      placement: fc.record({
        size: fc.record({ slots: fc.integer({ min: 0, max: 2 }), memory: fc.integer({ min: 0, max: 2 }) }),
        priority: fc.integer({ min: 0, max: 2 }),
        spread: fc.boolean(),
        with: relationArbitrary(SERVICES.filter((each) => each !== name)),
        apart: relationArbitrary(SERVICES.filter((each) => each !== name)),
        needs: relationArbitrary(SERVICES.slice(index + 1)),
      }),
      candidates: fc.shuffledSubarray(NODES).map((list) => list.map(nodeName)),
      sound: fc.nat(NODES.length),
      holder: fc.option(fc.constantFrom(...NODES.map(nodeName)), { nil: undefined }),
    })
    .map(({ sound, ...each }) => ({ ...each, lastChoices: each.candidates.slice(sound) }));

const relationArbitrary = (others: readonly string[]): fc.Arbitrary<readonly ServiceName[]> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray(others.map(serviceName), { maxLength: Math.min(2, others.length) }) },
  );

const anyWorld: fc.Arbitrary<PlacementWorld> = fc
  .record({ nodes: fc.tuple(...NODES.map(nodeArbitrary)), services: fc.tuple(...SERVICES.map(demandArbitrary)) })
  .map((world) => consistent(world));

/** Services that are to be together and apart are refused by the configuration. */
const consistent = (world: PlacementWorld): PlacementWorld => {
  const isTogether = new Map(companies(world.services).flatMap((each) => each.map(({ name }) => [name, each])));
  return {
    ...world,
    services: world.services.map((each) => {
      const apart = each.placement.apart.filter(
        (other) => isTogether.get(each.name)?.some(({ name }) => name === other) !== true,
      );
      return { ...each, placement: { ...each.placement, apart } };
    }),
  };
};

/** Without `with`: what a company does as one is a matter of its own. */
const separateWorld = anyWorld.map(({ nodes, services }) => ({
  nodes,
  services: services.map((each) => ({ ...each, placement: { ...each.placement, with: [] } })),
}));

const RUNS = { numRuns: 500 };

/** A dumb account of the same world: who is where. */
type Places = ReadonlyMap<ServiceName, NodeName>;

const placesOf = ({ services }: PlacementWorld, assignment: Assignment): Places =>
  new Map(
    services.flatMap(({ name }) => {
      const node = assignment.nodeOf(name);
      return node === undefined ? [] : [[name, node] as const];
    }),
  );

/** Whether a service may join those that are on a node. */
function isFree({ nodes, services }: PlacementWorld, at: Places, joining: ServiceDemand, node: NodeName): boolean {
  const there = services.filter(({ name }) => name !== joining.name && at.get(name) === node);
  const capacity = nodes.find(({ name }) => name === node)?.capacity ?? {};
  const hasRoom = Object.entries(capacity).every(([resource, most]) => {
    const own = joining.placement.size[resource] ?? 0;
    return own === 0 || [...there].reduce((sum, { placement }) => sum + (placement.size[resource] ?? 0), own) <= most;
  });
  return hasRoom && !there.some((each) => areApart(each, joining));
}

const areApart = (a: ServiceDemand, b: ServiceDemand): boolean =>
  a.placement.apart.includes(b.name) || b.placement.apart.includes(a.name);

test("nobody is overbooked, and what is apart, together or needed is so", () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const at = placesOf(world, assign(world));
      for (const service of world.services) {
        const node = at.get(service.name);
        if (node === undefined) continue;
        assert.ok(isFree(world, at, service, node), `${service.name} fits on ${node}`);
        assert.ok(service.candidates.includes(node) || service.holder === node || isCompany(service, world));
        for (const need of service.placement.needs) assert.ok(at.has(need), `${service.name} has ${need}`);
        for (const other of service.placement.with) {
          assert.equal(at.get(other) ?? node, node, `${other} is with ${service.name}`);
        }
      }
    }),
    RUNS,
  );
});

/** A company whose members are fit nowhere together stays as it is, where the first of them is. */
const isCompany = ({ name, placement }: ServiceDemand, { services }: PlacementWorld): boolean =>
  placement.with.length > 0 || services.some((each) => each.placement.with.includes(name));

test("the same whatever the order in which nodes and services are given", () => {
  const mixed = anyWorld.chain((world) =>
    fc.record({
      world: fc.constant(world),
      nodes: fc.shuffledSubarray([...world.nodes], { minLength: world.nodes.length }),
      services: fc.shuffledSubarray([...world.services], { minLength: world.services.length }),
    }),
  );
  fc.assert(
    fc.property(mixed, ({ world, nodes, services }) => {
      const [one, other] = [placesOf(world, assign(world)), placesOf(world, assign({ nodes, services }))];
      assert.deepEqual([...one].sort(), [...other].sort());
    }),
    RUNS,
  );
});

test("nothing moves once everything is where it belongs", () => {
  fc.assert(
    fc.property(anyWorld, (world) => {
      const at = placesOf(world, assign(world));
      const services = world.services.map((each) => ({ ...each, holder: at.get(each.name) }));
      assert.deepEqual([...placesOf(world, assign({ ...world, services }))].sort(), [...at].sort());
    }),
    RUNS,
  );
});

test("no needless move: what was moved could not have stayed", () => {
  fc.assert(
    fc.property(separateWorld, (world) => {
      const at = placesOf(world, assign(world));
      for (const service of world.services) {
        const { name, holder, candidates } = service;
        if (holder === undefined || !candidates.includes(holder) || at.get(name) === holder) continue;
        if (service.placement.needs.some((need) => !at.has(need))) continue;
        assert.ok(!isFree(world, at, service, holder), `${name} could have stayed on ${holder}`);
      }
    }),
    RUNS,
  );
});

test("for whom others would make room on a node has a place when its holder fails", () => {
  const free = separateWorld.map(({ nodes, services }) => ({
    nodes,
    services: services.map((each) => ({ ...each, placement: { ...each.placement, needs: [] } })),
  }));
  let displacing = 0;
  fc.assert(
    fc.property(free, (world) => {
      const at = placesOf(world, assign(world));
      const services = world.services.map((each) => ({ ...each, holder: at.get(each.name) }));
      const settled = assign({ ...world, services });
      for (const { name, holder, candidates } of services) {
        const spare = candidates.find((node) => {
          const obstacle = node === holder ? undefined : settled.obstacle(name, node);
          return obstacle?.kind === "no-room" && obstacle.displaces;
        });
        if (holder === undefined || spare === undefined) continue;
        displacing += 1;
        const without = services.map((each) =>
          each.name === name ? { ...each, candidates: candidates.filter((node) => node !== holder) } : each,
        );
        assert.notEqual(assign({ ...world, services: without }).nodeOf(name), undefined, `${name} goes to ${spare}`);
      }
    }),
    RUNS,
  );
  assert.ok(displacing > 0, "some world has such a service");
});

/** A world in which all was well until some nodes died and some services lost their holder. */
const afterFaults = fc
  .record({
    world: separateWorld,
    dead: fc.subarray(NODES.map(nodeName), { maxLength: 2 }),
    lost: fc.subarray(SERVICES.map(serviceName)),
  })
  .map(({ world, dead, lost }): PlacementWorld => {
    const fresh = world.services.map((each) => ({ ...each, holder: undefined }));
    const assignment = assign({ ...world, services: fresh });
    const services = world.services.map((each): ServiceDemand => {
      const holder = assignment.nodeOf(each.name);
      const isLost = holder === undefined || dead.includes(holder) || lost.includes(each.name);
      return {
        ...each,
        candidates: each.candidates.filter((node) => !dead.includes(node)),
        holder: isLost ? undefined : holder,
      };
    });
    return { ...world, services };
  });

test("after faults, nothing that runs is stopped but for a higher priority, or with what it needs", () => {
  fc.assert(
    fc.property(afterFaults, (world) => {
      const at = placesOf(world, assign(world));
      for (const { name, holder, placement } of world.services) {
        if (holder === undefined || at.has(name) || placement.needs.some((need) => isLost(need, world))) continue;
        const isFor = world.services.some(
          (each) => each.holder === undefined && at.has(each.name) && worthOf(each, world) > placement.priority,
        );
        assert.ok(isFor, `${name} is stopped for something`);
      }
    }),
    RUNS,
  );
});

test("after faults, nothing moves unless something without a holder is placed that way", () => {
  fc.assert(
    fc.property(afterFaults, (world) => {
      const at = placesOf(world, assign(world));
      const isMoved = world.services.some(
        ({ name, holder }) => holder !== undefined && at.has(name) && at.get(name) !== holder,
      );
      if (!isMoved) return;
      assert.ok(world.services.some(({ name, holder }) => holder === undefined && at.has(name)));
    }),
    RUNS,
  );
});

/** Whether a service, or one that it needs, has no holder. */
function isLost(name: ServiceName, world: PlacementWorld): boolean {
  const service = world.services.find((each) => each.name === name);
  return service?.holder === undefined || service.placement.needs.some((need) => isLost(need, world));
}

/** A service's own priority, or that of what needs it. */
const worthOf = ({ name, placement }: ServiceDemand, world: PlacementWorld): number =>
  Math.max(
    placement.priority,
    ...world.services.filter((each) => each.placement.needs.includes(name)).map((each) => worthOf(each, world)),
  );

/**
 * Whether a service that waits could be given a place after all: tries every sequence of single moves to a node with
 * room, and of stops of services of less worth.
 */
function couldBePlaced(world: PlacementWorld, start: Places, waiting: ServiceDemand): boolean {
  const seen = new Set<string>();
  const states: Places[] = [start];
  const worth = worthOf(waiting, world);
  for (const at of states) {
    if (waiting.candidates.some((node) => isFree(world, at, waiting, node))) return true;
    for (const next of neighbours(world, at, worth)) {
      const key = [...next]
        .map((pair) => pair.join(" "))
        .sort()
        .join();
      if (!seen.has(key)) states.push(next);
      seen.add(key);
    }
  }
  return false;
}

const neighbours = (world: PlacementWorld, at: Places, worth: number): readonly Places[] =>
  world.services
    .filter(({ name }) => at.has(name))
    .flatMap((service) => {
      const moves = service.candidates
        .filter((node) => node !== at.get(service.name) && isFree(world, at, service, node))
        .map((node) => new Map([...at, [service.name, node]]));
      const stop = new Map([...at].filter(([name]) => name !== service.name));
      return worthOf(service, world) < worth ? [...moves, stop] : moves;
    });

test("who waits could not be given a place by any moves of others, nor by stopping lesser ones", () => {
  fc.assert(
    fc.property(separateWorld, (world) => {
      const at = placesOf(world, assign(world));
      for (const service of world.services) {
        if (at.has(service.name) || service.placement.needs.some((need) => !at.has(need))) continue;
        assert.ok(!couldBePlaced(world, at, service), `${service.name} could be placed`);
      }
    }),
    RUNS,
  );
});
