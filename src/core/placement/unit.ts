/**
 * What is placed as one: a service, or services that are to be held `with` each other. Units have a total order, in which
 * they are placed: by priority, what is needed before what needs it, what is held before what is not, and by name.
 */
import { known } from "../../base/assert.js";
import { companies } from "../../model/companies.js";
import { type NodeName, type ServiceName, byName } from "../../model/names.js";
import type { ServiceDemand } from "./demand.js";

export interface Unit {
  /** Name of its first member. */
  readonly name: ServiceName;
  /** In the order of units, as if each were one. */
  readonly members: readonly ServiceDemand[];
  /** Its place in the order of all units. */
  readonly rank: number;
  readonly priority: number;
  /** By the index of the resource. */
  readonly size: readonly number[];
  /** The nodes that are fit for all members. */
  readonly candidates: readonly NodeName[];
  /** Nodes that are the last choice of one of them. */
  readonly lastChoices: ReadonlySet<NodeName>;
  /** Where it is now: where its first member is held, or else the first that is held at all. */
  readonly home: NodeName | undefined;
  /** Services that may not be on its node. */
  readonly apart: ReadonlySet<ServiceName>;
  /** Services beyond it without which it does not run. */
  readonly needs: readonly ServiceName[];
}

export function unitsOf(demands: readonly ServiceDemand[], resources: readonly string[]): readonly Unit[] {
  const inner = new Standing(demands.map(({ name, placement }) => ({ name, ...placement })));
  const groups = companies(consistent(demands)).map((group): Group => {
    const members = group.toSorted((a, b) => inner.compare(a.name, b.name));
    return { name: known(members[0], "a company has members").name, members, ...bodyOf(members, resources) };
  });
  const outer = new Standing(worthsOf(groups));
  return groups
    .toSorted((a, b) => outer.compare(a.name, b.name, Number(a.home === undefined) - Number(b.home === undefined)))
    .map((group, rank) => ({ ...group, rank, priority: outer.priorityOf(group.name) }));
}

/** A unit before it is known what comes before it. */
type Group = Omit<Unit, "rank" | "priority">;

/** What groups of services are worth, and need of one another. */
function worthsOf(groups: readonly Group[]): readonly Worth[] {
  const groupOf = new Map(groups.flatMap(({ name, members }) => members.map((each) => [each.name, name])));
  return groups.map(({ name, members, needs }) => ({
    name,
    priority: Math.max(...members.map(({ placement }) => placement.priority)),
    needs: needs.flatMap((need) => groupOf.get(need) ?? []),
  }));
}

function bodyOf(
  members: readonly ServiceDemand[],
  resources: readonly string[],
): Pick<Unit, "size" | "candidates" | "lastChoices" | "home" | "apart" | "needs"> {
  const [first, ...others] = members;
  return {
    size: resources.map((resource) =>
      members.reduce((sum, { placement: { size } }) => sum + amountOf(size, resource), 0),
    ),
    candidates: others.reduce<readonly NodeName[]>(
      (common, { candidates }) => common.filter((node) => candidates.includes(node)),
      first?.candidates ?? [],
    ),
    lastChoices: new Set(members.flatMap(({ lastChoices }) => lastChoices)),
    home: members.find(({ holder }) => holder !== undefined)?.holder,
    apart: new Set(members.flatMap(({ placement }) => placement.apart)),
    needs: members
      .flatMap(({ placement }) => placement.needs)
      .filter((need) => !members.some(({ name }) => name === need)),
  };
}

/** The same unit with some of its members only; the others wait. */
export function partOf(unit: Unit, isIn: (member: ServiceDemand) => boolean, resources: readonly string[]): Unit {
  const members = unit.members.filter(isIn);
  return members.length === unit.members.length ? unit : { ...unit, members, ...bodyOf(members, resources) };
}

export const amountOf = (amounts: Readonly<Record<string, number>>, resource: string): number =>
  Object.hasOwn(amounts, resource) ? (amounts[resource] ?? 0) : 0;

/** The same services, where being apart counts from either side, and nothing is said of services that do not exist. */
function consistent(demands: readonly ServiceDemand[]): readonly ServiceDemand[] {
  const found = new Map<ServiceName, Set<ServiceName>>(demands.map(({ name }) => [name, new Set()]));
  for (const { name, placement } of demands) {
    for (const other of placement.apart) {
      found.get(name)?.add(other);
      found.get(other)?.add(name);
    }
  }
  return demands.map((each) => {
    const apart = [...(found.get(each.name) ?? [])];
    const needs = each.placement.needs.filter((need) => found.has(need));
    const isSame = apart.length === 0 && needs.length === each.placement.needs.length;
    return isSame ? each : { ...each, placement: { ...each.placement, apart, needs } };
  });
}

interface Worth {
  readonly name: ServiceName;
  readonly priority: number;
  readonly needs: readonly ServiceName[];
}

/** What is needed is worth as much as what needs it, and comes before it. */
class Standing {
  readonly #worths: ReadonlyMap<ServiceName, Worth>;
  readonly #priorities = new Map<ServiceName, number>();
  readonly #depths = new Map<ServiceName, number>();

  constructor(worths: readonly Worth[]) {
    this.#worths = new Map(worths.map((each) => [each.name, each]));
    for (const { name, priority } of worths) this.#raise(name, priority);
    for (const { name } of worths.toSorted((a, b) => byName(a.name, b.name))) this.#depthOf(name);
  }

  priorityOf(name: ServiceName): number {
    return known(this.#priorities.get(name), "each has its own priority at least");
  }

  /** @param preference which of two comes first that are worth the same and need each other equally little */
  compare(a: ServiceName, b: ServiceName, preference = 0): number {
    return this.priorityOf(b) - this.priorityOf(a) || this.#depthOf(a) - this.#depthOf(b) || preference || byName(a, b);
  }

  #raise(name: ServiceName, priority: number): void {
    const before = this.#priorities.get(name);
    if (before !== undefined && before >= priority) return;
    this.#priorities.set(name, priority);
    for (const need of this.#needsOf(name)) this.#raise(need, priority);
  }

  /** How many needs follow one another below it. The configuration check refuses circles; here they end where they began. */
  #depthOf(name: ServiceName): number {
    const depth = this.#depths.get(name);
    if (depth !== undefined) return depth;
    this.#depths.set(name, 0);
    const below = Math.max(0, ...this.#needsOf(name).map((need) => this.#depthOf(need) + 1));
    this.#depths.set(name, below);
    return below;
  }

  #needsOf(name: ServiceName): readonly ServiceName[] {
    return (this.#worths.get(name)?.needs ?? []).filter((need) => this.#worths.has(need));
  }
}
