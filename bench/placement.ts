import { ORDINARY } from "../src/model/cluster.js";
import { type NodeName, nodeName, serviceName } from "../src/model/names.js";
import { assign } from "../src/core/placement/assign.js";
import type { NodeOffer, PlacementWorld, ServiceDemand } from "../src/core/placement/demand.js";

const NODES = 100;
const SERVICES = 1_000;
const RUNS = 20;

/** How long it takes to give every service of a large cluster its node. */
export interface PlacementCost {
  readonly case: string;
  readonly ms: readonly number[];
}

/** A world, and what became of it since all services had their places. */
interface Case {
  readonly name: string;
  readonly slots: number;
  /** So many of the nodes are dead. */
  readonly dead: number;
}

const CASES: readonly Case[] = [
  { name: "all at once, at the start", slots: 11, dead: 0 },
  { name: "10 nodes dead, room for all on the others", slots: 12, dead: 10 },
  { name: "10 nodes dead, no room for 10 services", slots: 11, dead: 10 },
  { name: "half of the nodes dead, no room for a third of the services", slots: 13, dead: 50 },
];

export function measurePlacement(): readonly PlacementCost[] {
  return CASES.map((each) => {
    const world = worldOf(each);
    const ms = Array.from({ length: RUNS }, () => {
      const began = performance.now();
      assign(world);
      return performance.now() - began;
    });
    return { case: each.name, ms };
  });
}

function worldOf({ slots, dead }: Case): PlacementWorld {
  const names = Array.from({ length: NODES }, (_, index) => nodeName(`n${index}`));
  const nodes = names.map((name): NodeOffer => ({ name, capacity: { slots, memory: 64 }, weight: 1 }));
  const fresh = Array.from({ length: SERVICES }, (_, index) => demand(index, names));
  if (dead === 0) return { nodes, services: fresh };
  const before = assign({ nodes, services: fresh });
  const gone = new Set(names.slice(0, dead));
  const services = fresh.map((each): ServiceDemand => {
    const holder = before.nodeOf(each.name);
    const candidates = each.candidates.filter((node) => !gone.has(node));
    return { ...each, candidates, holder: holder === undefined || gone.has(holder) ? undefined : holder };
  });
  return { nodes, services };
}

/** Services of different sizes and priorities; each may go anywhere, its list beginning at another node. */
function demand(index: number, names: readonly NodeName[]): ServiceDemand {
  const first = (index * 7) % names.length;
  return {
    name: serviceName(`s${index}`),
    placement: {
      ...ORDINARY,
      size: { slots: 1, memory: 1 + (index % 5) },
      priority: index % 3,
      spread: index % 4 === 0,
    },
    candidates: [...names.slice(first), ...names.slice(0, first)],
    lastChoices: [],
    holder: undefined,
  };
}
