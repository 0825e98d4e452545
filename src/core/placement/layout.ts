/** Which unit is on which node, and what room that leaves. It puts a unit wherever it is told to, fitting or not. */
import { known } from "../../base/assert.js";
import type { NodeName, ServiceName } from "../../model/names.js";
import type { NodeOffer } from "./demand.js";
import { type Unit, amountOf } from "./unit.js";

/** Sums of amounts are exact only so far. */
const ROUNDING = 1e-6;

interface Seat {
  readonly name: NodeName;
  readonly weight: number;
  /** By the index of the resource; without end where the node has no limit. */
  readonly capacity: readonly number[];
  readonly taken: number[];
  readonly units: Set<Unit>;
}

/** Of a resource, less is left on a node than a unit takes. */
export interface Shortage {
  readonly resource: string;
  readonly wanted: number;
  readonly taken: number;
  readonly capacity: number;
}

/** Of a resource, a unit takes more than a node has. */
export interface Excess {
  readonly resource: string;
  readonly wanted: number;
  readonly capacity: number;
}

export class Layout {
  readonly #resources: readonly string[];
  readonly #slots: number;
  readonly #seats: ReadonlyMap<NodeName, Seat>;
  readonly #places = new Map<Unit, NodeName>();

  /** @param slots the resource whose use is a node's load */
  constructor(nodes: readonly NodeOffer[], resources: readonly string[], slots: string) {
    this.#resources = resources;
    this.#slots = resources.indexOf(slots);
    this.#seats = new Map(
      nodes.map(({ name, capacity, weight }) => [
        name,
        {
          name,
          weight,
          capacity: resources.map((each) => (Object.hasOwn(capacity, each) ? amountOf(capacity, each) : Infinity)),
          taken: resources.map(() => 0),
          units: new Set(),
        },
      ]),
    );
  }

  has(node: NodeName): boolean {
    return this.#seats.has(node);
  }

  nodeOf(unit: Unit): NodeName | undefined {
    return this.#places.get(unit);
  }

  unitsOn(node: NodeName): ReadonlySet<Unit> {
    return this.#seat(node).units;
  }

  /** Whether all nodes together have as much left as the unit takes: if not, no moves will help it. */
  isEnoughLeftFor({ size }: Unit): boolean {
    const seats = [...this.#seats.values()];
    return size.every(
      (wanted, index) =>
        seats.reduce((sum, { capacity, taken }) => sum + Math.max(0, (capacity[index] ?? 0) - (taken[index] ?? 0)), 0) +
          ROUNDING >=
        wanted,
    );
  }

  /** Whether there is anything of less priority than the unit. */
  hasLesserThan({ priority }: Unit): boolean {
    for (const other of this.#places.keys()) if (other.priority < priority) return true;
    return false;
  }

  put(unit: Unit, node: NodeName): void {
    this.#seat(node).units.add(unit);
    this.#places.set(unit, node);
    this.#count(unit, node, 1);
  }

  take(unit: Unit): void {
    const node = known(this.#places.get(unit), "only what is placed is taken away");
    this.#seat(node).units.delete(unit);
    this.#places.delete(unit);
    this.#count(unit, node, -1);
  }

  fits(unit: Unit, node: NodeName): boolean {
    return this.#isRoomy(unit, this.#seat(node)) && this.rivalOn(unit, node) === undefined;
  }

  /** Whether it fits on a node beside those that come before it. */
  fitsBesideEarlier(unit: Unit, node: NodeName): boolean {
    const earlier = [...this.#seat(node).units].filter((each) => each.rank < unit.rank);
    return this.#hasRoomBeside(earlier, unit, node) && !earlier.some((each) => areApart(unit, each));
  }

  /** Whether a node would have room for it if nothing else were there but what is of at least this priority. */
  fitsBesidePriority(unit: Unit, node: NodeName, least: number): boolean {
    const kept = [...this.#seat(node).units].filter((each) => each !== unit && each.priority >= least);
    return this.#hasRoomBeside(kept, unit, node);
  }

  /** A service on the node that the unit is to be apart from. */
  rivalOn(unit: Unit, node: NodeName): ServiceName | undefined {
    if (unit.apart.size === 0) return undefined;
    for (const other of this.#seat(node).units) {
      const rival = other === unit ? undefined : other.members.find(({ name }) => unit.apart.has(name));
      if (rival !== undefined) return rival.name;
    }
    return undefined;
  }

  /** Whether taking `other` off its node would help the unit to get there. */
  isInTheWay(other: Unit, unit: Unit, node: NodeName): boolean {
    const { capacity, taken } = this.#seat(node);
    for (let index = 0; index < capacity.length; index += 1) {
      const wanted = unit.size[index] ?? 0;
      const isShort = wanted > 0 && (taken[index] ?? 0) + wanted > (capacity[index] ?? 0) + ROUNDING;
      if (isShort && (other.size[index] ?? 0) > 0) return true;
    }
    return areApart(unit, other);
  }

  /** What there is too little of for the unit on a node, the first of all; it may be there itself. */
  shortage(unit: Unit, node: NodeName): Shortage | undefined {
    const { capacity, taken, units } = this.#seat(node);
    const own = units.has(unit) ? 1 : 0;
    const index = capacity.findIndex((most, at) => this.#wantedIn(unit.size[at], taken[at], own) > most + ROUNDING);
    const [resource, most, used] = [this.#resources[index], capacity[index], taken[index]];
    if (resource === undefined || most === undefined || used === undefined) return undefined;
    const wanted = unit.size[index] ?? 0;
    return { resource, wanted, taken: used - own * wanted, capacity: most };
  }

  /** What the unit takes more of than the node has at all, the first of all. */
  excess(unit: Unit, node: NodeName): Excess | undefined {
    const { capacity } = this.#seat(node);
    const index = capacity.findIndex((most, at) => (unit.size[at] ?? 0) > most + ROUNDING);
    const [resource, wanted, most] = [this.#resources[index], unit.size[index], capacity[index]];
    if (resource === undefined || wanted === undefined || most === undefined) return undefined;
    return { resource, wanted, capacity: most };
  }

  /** How busy a node is, for its weight. */
  load(node: NodeName): number {
    const { taken, weight } = this.#seat(node);
    return (taken[this.#slots] ?? 0) / weight;
  }

  #wantedIn(size = 0, taken = 0, own: number): number {
    return size === 0 ? 0 : taken + size * (1 - own);
  }

  #isRoomy({ size }: Unit, { capacity, taken }: Seat): boolean {
    for (let index = 0; index < size.length; index += 1) {
      const wanted = size[index] ?? 0;
      if (wanted > 0 && (taken[index] ?? 0) + wanted > (capacity[index] ?? 0) + ROUNDING) return false;
    }
    return true;
  }

  #count({ size }: Unit, node: NodeName, sign: 1 | -1): void {
    const { taken } = this.#seat(node);
    for (let index = 0; index < size.length; index += 1) {
      taken[index] = (taken[index] ?? 0) + sign * (size[index] ?? 0);
    }
  }

  #hasRoomBeside(others: readonly Unit[], unit: Unit, node: NodeName): boolean {
    return this.#seat(node).capacity.every(
      (capacity, index) =>
        others.reduce((sum, { size }) => sum + (size[index] ?? 0), unit.size[index] ?? 0) <= capacity + ROUNDING,
    );
  }

  #seat(node: NodeName): Seat {
    return known(this.#seats.get(node), "candidates are nodes of the cluster");
  }
}

const areApart = (unit: Unit, other: Unit): boolean =>
  unit.apart.size > 0 && other.members.some(({ name }) => unit.apart.has(name));
