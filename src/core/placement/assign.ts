/**
 * Gives every service its node, all at once: nobody gets more than it has room for, what is to be together or apart is,
 * and where there is not room for all, those with the least priority wait.
 *
 * Everything starts where it is held. Then each unit has its turn, in the order of units: it stays where it is if it may
 * and fits beside those before it; else it goes where there is room beside everybody; else others make room for it
 * (make-room.ts). So a service that runs is stopped only for one of higher priority that has no other place, and moved
 * only to make a place for another, or because its node is not fit for it any more. In the end, whatever was moved and
 * finds room at home again stays there.
 *
 * Pure, and independent of the order in which nodes and services are given: every node that knows the same comes to the
 * same answer. It decides neither who claims nor when; see shared-placement.ts.
 */
import { known } from "../../base/assert.js";
import { SLOTS } from "../../model/cluster.js";
import { type NodeName, type ServiceName, byName } from "../../model/names.js";
import type { PlacementWorld } from "./demand.js";
import { type Excess, Layout, type Shortage } from "./layout.js";
import { RoomMaker } from "./make-room.js";
import { type Unit, partOf, unitsOf } from "./unit.js";

/** Why a service is not to go to a node, now that all have their places. */
export type Obstacle =
  | ({ readonly kind: "no-room" } & Standing & Shortage)
  /** It would be too little for it with nothing else on it. */
  | ({ readonly kind: "too-small" } & Excess & Pick<Standing, "yields">)
  /** It is held there, and left the place to another that has no better one. */
  | ({ readonly kind: "makes-room"; readonly service: ServiceName } & Pick<Standing, "yields">)
  | { readonly kind: "apart"; readonly from: ServiceName }
  /** It is to be with another that is to be elsewhere. */
  | { readonly kind: "with"; readonly service: ServiceName }
  /** It is to be with another for which the node is not fit. */
  | { readonly kind: "with-unfit"; readonly service: ServiceName }
  | { readonly kind: "needs"; readonly service: ServiceName };

/** How a service stands to those that are on a node. */
interface Standing {
  /** What is of higher priority leaves it too little, whatever else is there. */
  readonly outranked: boolean;
  /** What leaves it too little is of lower priority, and makes room for it when it has no other place. */
  readonly displaces: boolean;
  /** Something there is of higher priority. */
  readonly yields: boolean;
}

/** A service that could not be where the others are that it is to be with. */
interface LeftOut {
  /** It, and those of its company that come before it and were left out as well. */
  readonly rest: Unit;
  /** The others, as they are placed. */
  readonly seated: Unit;
}

export class Assignment {
  readonly #layout: Layout;
  readonly #units: ReadonlyMap<ServiceName, Unit>;
  readonly #leftOut: ReadonlyMap<ServiceName, LeftOut>;

  constructor(layout: Layout, units: readonly Unit[], leftOut: ReadonlyMap<ServiceName, LeftOut>) {
    this.#layout = layout;
    this.#units = new Map(units.flatMap((unit) => unit.members.map(({ name }) => [name, unit])));
    this.#leftOut = leftOut;
  }

  /** Where the service belongs; undefined: nowhere now. */
  nodeOf(service: ServiceName): NodeName | undefined {
    const unit = this.#units.get(service);
    return unit === undefined ? undefined : this.#layout.nodeOf(unit);
  }

  /** What keeps the service, with all that is together with it, from a node; undefined: nothing. */
  obstacle(service: ServiceName, node: NodeName): Obstacle | undefined {
    const leftOut = this.#leftOut.get(service);
    if (leftOut !== undefined) return this.#againstLeftOut(service, node, leftOut);
    const unit = this.#units.get(service);
    if (unit === undefined || !this.#layout.has(node) || this.#layout.nodeOf(unit) === node) return undefined;
    return this.#against(unit, node) ?? this.#unfitCompany(service, unit, node);
  }

  /** With whom a service is held, or would be: the first of them. */
  leaderOf(service: ServiceName): ServiceName | undefined {
    const leader = firstOf(this.#units.get(service) ?? this.#leftOut.get(service)?.seated);
    return leader === service ? undefined : leader;
  }

  /** Whom a fit service misses on a node: it goes nowhere without those that come before it in its company. */
  #unfitCompany(service: ServiceName, { members }: Unit, node: NodeName): Obstacle | undefined {
    const at = members.findIndex(({ name }) => name === service);
    if (members[at]?.candidates.includes(node) !== true) return undefined;
    const unfit = members.slice(0, at).find(({ candidates }) => !candidates.includes(node));
    return unfit === undefined ? undefined : { kind: "with-unfit", service: unfit.name };
  }

  #against(unit: Unit, node: NodeName): Obstacle | undefined {
    const need = unit.needs.find((each) => this.#units.has(each) && this.nodeOf(each) === undefined);
    if (need !== undefined) return { kind: "needs", service: need };
    const rival = this.#layout.rivalOn(unit, node);
    if (rival !== undefined) return { kind: "apart", from: rival };
    const shortage = this.#layout.shortage(unit, node);
    if (shortage === undefined) return undefined;
    const [yields, excess] = [this.#yields(unit, node), this.#layout.excess(unit, node)];
    if (excess !== undefined) return { kind: "too-small", yields, ...excess };
    const newcomer = this.#newcomerFor(unit, node);
    if (newcomer !== undefined) return { kind: "makes-room", service: newcomer, yields };
    return { kind: "no-room", ...this.#ranks(unit, node), yields, ...shortage };
  }

  #ranks(unit: Unit, node: NodeName): Pick<Standing, "outranked" | "displaces"> {
    const fitsBeside = (least: number): boolean => this.#layout.fitsBesidePriority(unit, node, least);
    return {
      outranked: !fitsBeside(unit.priority + 1),
      displaces: unit.home !== undefined && fitsBeside(unit.priority),
    };
  }

  #yields({ priority }: Unit, node: NodeName): boolean {
    return [...this.#layout.unitsOn(node)].some((other) => other.priority > priority);
  }

  /** What is to come in the place of a unit that could have stayed where it is. */
  #newcomerFor(unit: Unit, node: NodeName): ServiceName | undefined {
    if (unit.home !== node || !unit.candidates.includes(node)) return undefined;
    const newcomers = [...this.#layout.unitsOn(node)].filter(
      (other) => other.home !== node && this.#layout.isInTheWay(other, unit, node),
    );
    return firstOf(newcomers.toSorted((a, b) => a.rank - b.rank)[0]);
  }

  #againstLeftOut(service: ServiceName, node: NodeName, { rest, seated }: LeftOut): Obstacle | undefined {
    const leader = known(firstOf(seated), "what is placed has members");
    if (this.#layout.nodeOf(seated) !== node) return { kind: "with", service: leader };
    return this.#against(rest, node) ?? this.#unfitCompany(service, rest, node) ?? { kind: "with", service: leader };
  }
}

const firstOf = (unit: Unit | undefined): ServiceName | undefined => unit?.members[0]?.name;

/** Who leaves a node makes room for one whose turn was before; rounds end as soon as one changes nothing. */
const ROUNDS_MAX = 4;

export function assign({ nodes, services }: PlacementWorld): Assignment {
  const resources = [...new Set([SLOTS, ...nodes.flatMap(({ capacity }) => Object.keys(capacity))])].toSorted(byName);
  const layout = new Layout(nodes, resources, SLOTS);
  const placing = new Placing(layout, resources, unitsOf(services, resources));
  for (let round = 1; round <= ROUNDS_MAX; round += 1) if (!placing.playRound()) break;
  while (placing.returnHome());
  return new Assignment(layout, placing.units, placing.leftOut);
}

class Placing {
  readonly #layout: Layout;
  readonly #maker: RoomMaker;
  readonly #resources: readonly string[];
  /** In their order. */
  readonly #units: readonly Unit[];
  /** What of each unit is in the layout, or was before others took its place: first the part that is held at home. */
  readonly #seated = new Map<Unit, Unit>();
  readonly leftOut = new Map<ServiceName, LeftOut>();
  /** Those that have had their place in this round. */
  #placed = new Set<ServiceName>();

  constructor(layout: Layout, resources: readonly string[], units: readonly Unit[]) {
    this.#layout = layout;
    this.#maker = new RoomMaker(layout);
    this.#resources = resources;
    this.#units = units;
    for (const unit of units) if (unit.home !== undefined && layout.has(unit.home)) this.#seat(unit, unit.home);
  }

  #seat(unit: Unit, home: NodeName): void {
    const seated = partOf(unit, ({ holder }) => holder === home, this.#resources);
    this.#seated.set(unit, seated);
    this.#layout.put(seated, home);
  }

  /** The units as far as they have places; those without are whole. */
  get units(): readonly Unit[] {
    return this.#units.map((unit) => this.#seatedOf(unit) ?? unit);
  }

  #seatedOf(unit: Unit): Unit | undefined {
    const seated = this.#seated.get(unit);
    return seated !== undefined && this.#layout.nodeOf(seated) !== undefined ? seated : undefined;
  }

  /** Gives each unit its turn; whether another round may find a place for one that waits. */
  playRound(): boolean {
    const before = this.units.map((unit) => ({ unit, node: this.#layout.nodeOf(unit) }));
    this.#placed = new Set();
    this.leftOut.clear();
    for (const unit of this.#units) this.#play(unit);
    // Who stays, but without some of its members, has left room as well.
    const left = before.some(({ unit, node }) => node !== undefined && this.#layout.nodeOf(unit) !== node);
    const waits = this.units.some((unit) => this.#layout.nodeOf(unit) === undefined);
    return left && (waits || this.leftOut.size > 0);
  }

  #play(unit: Unit): void {
    const seated = this.#place(unit, this.#seatedOf(unit));
    if (seated === undefined) this.#seated.delete(unit);
    else this.#seated.set(unit, seated);
    for (const [index, each] of unit.members.entries()) {
      if (seated?.members.includes(each) === true) this.#placed.add(each.name);
      else if (seated !== undefined) this.leftOut.set(each.name, { rest: this.#restOf(unit, seated, index), seated });
    }
  }

  /** Those up to the one at `last` that are not seated. */
  #restOf(unit: Unit, seated: Unit, last: number): Unit {
    const members = unit.members.slice(0, last + 1);
    return partOf(unit, (each) => members.includes(each) && !seated.members.includes(each), this.#resources);
  }

  /** @returns the unit, or a part of it, as it is in the layout now */
  #place(unit: Unit, seated: Unit | undefined): Unit | undefined {
    const at = seated === undefined ? undefined : this.#layout.nodeOf(seated);
    const mayStay = seated !== undefined && at !== undefined && this.#mayStay(seated, at) ? seated : undefined;
    const isFit = at !== undefined && mayStay?.candidates.includes(at) === true;
    if (mayStay === unit && isFit) return unit;
    if (seated !== undefined) this.#layout.take(seated);
    const moved = this.#goesTogether(unit) ?? (isFit ? undefined : this.#goesInPart(unit));
    // Who is fit nowhere stays where it is, as long as it is in nobody's way.
    if (moved === undefined && mayStay !== undefined && at !== undefined) this.#layout.put(mayStay, at);
    return moved ?? mayStay;
  }

  #mayStay(unit: Unit, at: NodeName): boolean {
    return this.#hasNeeds(unit) && this.#layout.fitsBesideEarlier(unit, at);
  }

  readonly #hasNeeds = ({ needs }: Unit): boolean => needs.every((need) => this.#placed.has(need));

  #goesTogether(unit: Unit): Unit | undefined {
    if (!this.#hasNeeds(unit)) return undefined;
    const node = this.#firstFit(unit) ?? this.#maker.roomFor(unit);
    if (node !== undefined) this.#layout.put(unit, node);
    return node === undefined ? undefined : unit;
  }

  /** As many of the first members as find a node. */
  #goesInPart(unit: Unit): Unit | undefined {
    if (unit.members.length <= 1) return undefined;
    const last = unit.members.at(-1);
    const part = partOf(unit, (each) => each !== last, this.#resources);
    return this.#goesTogether(part) ?? this.#goesInPart(part);
  }

  /**
   * Home, or the first candidate with room beside everybody, or for what is spread the least busy of them. Who is a last
   * choice is idle for just that reason, and is one for what is spread as well.
   */
  #firstFit(unit: Unit): NodeName | undefined {
    const { candidates, lastChoices, home } = unit;
    const fits = (node: NodeName): boolean => this.#layout.fits(unit, node);
    if (home !== undefined && candidates.includes(home) && fits(home)) return home;
    if (unit.members[0]?.placement.spread !== true) return candidates.find(fits);
    const fitting = candidates.filter(fits);
    return this.#leastBusy(fitting.filter((node) => !lastChoices.has(node))) ?? this.#leastBusy(fitting);
  }

  #leastBusy(nodes: readonly NodeName[]): NodeName | undefined {
    return nodes.reduce<NodeName | undefined>((best, node) => this.#lessBusy(best, node), undefined);
  }

  #lessBusy(one: NodeName | undefined, other: NodeName): NodeName {
    return one !== undefined && this.#layout.load(one) <= this.#layout.load(other) ? one : other;
  }

  /**
   * Whatever was moved for a room that is free in the end need not move.
   * @returns whether anything went home: what it left may be another's home. Nothing leaves home again, so that ends.
   */
  returnHome(): boolean {
    let hasReturned = false;
    for (const unit of this.units) hasReturned = this.#goesHome(unit) || hasReturned;
    return hasReturned;
  }

  #goesHome(unit: Unit): boolean {
    const { home } = unit;
    const at = this.#layout.nodeOf(unit);
    if (home === undefined || at === undefined || at === home || !unit.candidates.includes(home)) return false;
    if (!this.#layout.fits(unit, home)) return false;
    this.#layout.take(unit);
    this.#layout.put(unit, home);
    return true;
  }
}
