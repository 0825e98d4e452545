import type { Instant } from "../../base/time.js";
import type { InterfaceChange, InterfaceConfiguration } from "../../model/interface-configuration.js";
import type { NodeEffect, NodeInput } from "../../model/node-io.js";
import type { PlacedAddress } from "../../model/kernel.js";
import type { FailoverPlan, PathGroupConfig, PathGroupName } from "../../model/path.js";
import type { SimHost } from "../host.js";
import type { KernelAnswer, KernelEvent } from "../kernel.js";
import type { ChangeDone, KernelOrder, Observer } from "../observer.js";
import { addressItem, type ConfiguredItem, imageOf } from "../own-configuration.js";
import type { Fault, Trouble } from "../plan.js";
import type { Verdict } from "../verdict.js";

/** What is known of the changes of paths of one machine. */
interface Record {
  /** The ones that are on record, by group. */
  plans: ReadonlyMap<PathGroupName, FailoverPlan>;
  /** What those may change, by group. */
  readonly mine: Map<PathGroupName, ReadonlySet<string>>;
  /** What was said last of a change of a group's paths: from, to and why; it is void once the change is over. */
  readonly said: Map<PathGroupName, string>;
  /** Groups whose change met a refusal that keeps addresses from where they belong, or lost an interface. */
  readonly hindered: Set<PathGroupName>;
}

/**
 * What changes of paths may do to a machine: nothing without a reason that was said and a plan on record, nothing to what
 * is not in the plan, no address on two interfaces at any time; and after each plan everything is on exactly one.
 */
export class PathPlans implements Observer {
  readonly #verdict: Verdict;
  readonly #records = new Map<SimHost, Record>();
  /** Addresses that somebody else put on a machine, who may put them twice. */
  readonly #strange = new Map<SimHost, Set<string>>();
  /** Interface and address: what the kernel refused to take off. It is served elsewhere all the same, and tried again. */
  readonly #kept = new Map<SimHost, Set<string>>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  agentStarted(host: SimHost): void {
    const before = this.#records.get(host)?.mine;
    const record: Record = { plans: new Map(), mine: new Map(before), said: new Map(), hindered: new Set() };
    this.#records.set(host, record);
    onRecord(record, host.plans);
  }

  agentEnded(host: SimHost, how: "exit" | "crash" | "power"): void {
    if (how !== "power") return;
    this.#strange.delete(host);
    this.#kept.delete(host);
  }

  kernelAsked(host: SimHost, { by, what, placed }: KernelOrder, answer: KernelAnswer): void {
    this.#keep(host, placed, what === "remove" && !answer.ok);
    if (what !== "add" || !answer.ok) return;
    if (by === "stranger") this.#strange.set(host, new Set([...(this.#strange.get(host) ?? []), placed.address]));
    this.#checkOnce(host, placed.address);
  }

  #keep(host: SimHost, { interface: name, address }: PlacedAddress, isRefused: boolean): void {
    const kept = new Set(this.#kept.get(host));
    if (isRefused && host.kernel.interfacesWith(address).includes(name)) kept.add(`${name} ${address}`);
    else kept.delete(`${name} ${address}`);
    this.#kept.set(host, kept);
  }

  kernelSaid(host: SimHost, event: KernelEvent): void {
    const record = this.#records.get(host);
    if (event.kind === "link-removed") for (const group of record?.plans.keys() ?? []) record?.hindered.add(group);
  }

  handled(host: SimHost, _now: Instant, _input: NodeInput, effects: readonly NodeEffect[]): void {
    const record = this.#records.get(host);
    for (const effect of effects) {
      if (effect.kind !== "note") continue;
      const { note } = effect;
      if (note.code === "path.switching") record?.said.set(note.group, `${note.from} ${note.to} ${note.reason.kind}`);
      if (note.code === "path.plan-resumed") record?.said.set(note.group, `${note.from} ${note.to}`);
      if (note.code === "path.switched" || note.code === "path.switch-undone") record?.said.delete(note.group);
    }
  }

  performed(host: SimHost, effect: NodeEffect): void {
    const record = this.#records.get(host);
    if (effect.kind !== "write-plans" || record === undefined) return;
    const before = record.plans;
    onRecord(record, effect.plans);
    for (const plan of effect.plans) if (!before.has(plan.group)) this.#checkReason(host, record, plan);
    for (const plan of before.values()) {
      if (record.plans.has(plan.group)) continue;
      if (!record.hindered.has(plan.group)) this.#checkComplete(host, plan);
      record.hindered.delete(plan.group);
    }
  }

  /** What was said before the plan was made: the note is in the effects of the same input, or of one before. */
  #checkReason(host: SimHost, { said }: Record, { group, from, to, reason }: FailoverPlan): void {
    const word = said.get(group);
    if (word === `${from} ${to} ${reason.kind}` || word === `${from} ${to}`) return;
    const what = `goes from ${from} to ${to} because of ${reason.kind}`;
    this.#verdict.broken("path-reason", `${group} of ${host.name} ${what}, and its notes say ${word ?? "nothing"}`);
  }

  /** Whoever switches an interface off in the middle takes IPv6 addresses from it. */
  faultBegan(_fault: Fault, trouble: Trouble): void {
    if (trouble.kind !== "interface-down") return;
    for (const [host, record] of this.#records) {
      const group = host.index === trouble.host ? groupOf(host, trouble.interface) : undefined;
      if (group !== undefined && record.plans.has(group.name)) record.hindered.add(group.name);
    }
  }

  /** Nothing that was moved got lost on the way, or is on both. What was not restored is nowhere, until it is tried again. */
  #checkComplete(host: SimHost, plan: FailoverPlan): void {
    if (plan.reason.kind === "interface-returned" && plan.direction === "undo") return;
    const [on, off] = plan.direction === "forward" ? [plan.to, plan.from] : [plan.from, plan.to];
    if (host.kernel.link(on)?.up !== true) return;
    for (const { address } of plan.moved.addresses) {
      const places = host.kernel.interfacesWith(address);
      const isService = host.cluster.services.some((each) => each.addresses.some((one) => one.address === address));
      if (isService ? places.length <= 1 && !places.includes(off) : places.join() === on) continue;
      const where = places.length === 0 ? "nowhere" : `on ${places.join(" and ")}`;
      if (this.#isStrange(host, address)) continue;
      this.#verdict.broken("path-complete", `${address} of ${host.name} is ${where} after the change to ${on}`);
    }
  }

  interfaceChanged(host: SimHost, done: ChangeDone): void {
    const { change, problem } = done;
    const record = this.#records.get(host);
    const group = groupOf(host, change.interface);
    if (problem !== undefined && group !== undefined && PLACING.has(change.kind)) record?.hindered.add(group.name);
    const plan = group === undefined ? undefined : record?.plans.get(group.name);
    if (MOVING.has(change.kind) && plan === undefined && !isDummyOnly(change, group)) {
      this.#verdict.broken(
        "path-record",
        `${host.name} did ${change.kind} to ${change.interface} without a plan on record`,
      );
    }
    const mine = group === undefined ? undefined : record?.mine.get(group.name);
    this.#checkForeign(host, done, new Set([...(mine ?? []), ...dummyItems(group)]));
    if (change.kind === "add-addresses") for (const { address } of change.addresses) this.#checkOnce(host, address);
  }

  /** Only what the plan moves changes, and only on the two paths. */
  #checkForeign(host: SimHost, { change, before }: ChangeDone, mine: ReadonlySet<string>): void {
    const after = imageOf(host.kernel);
    const [lost, gained] = [without(before, after), without(after, before)];
    const strange = [...lost, ...gained].find(({ item }) => !mine.has(item));
    if (strange === undefined) return;
    const what = `${change.kind} to ${change.interface} changed ${strange.item} on ${strange.interface}`;
    this.#verdict.broken("path-foreign", `${host.name}: ${what}, which is in no plan`);
  }

  #checkOnce(host: SimHost, address: string): void {
    const kept = this.#kept.get(host);
    const places = host.kernel.interfacesWith(address).filter((each) => kept?.has(`${each} ${address}`) !== true);
    if (places.length <= 1 || this.#isStrange(host, address)) return;
    this.#verdict.broken("path-once", `${address} is on ${places.join(" and ")} of ${host.name}`);
  }

  #isStrange(host: SimHost, address: string): boolean {
    return this.#strange.get(host)?.has(address) === true;
  }
}

const PLACING: ReadonlySet<InterfaceChange["kind"]> = new Set(["enable", "add-addresses", "remove-addresses"]);

/** They take what is configured from one interface to another. */
const MOVING: ReadonlySet<InterfaceChange["kind"]> = new Set([
  "add-addresses",
  "remove-addresses",
  "add-routes",
  "remove-routes",
  "add-neighbours",
  "remove-neighbours",
  "create-vlans",
  "delete-vlans",
]);

const groupOf = ({ pathGroups }: SimHost, name: string): PathGroupConfig | undefined =>
  pathGroups.find(({ primary, secondary }) => primary.interface === name || secondary.interface === name);

const dummyOf = (group: PathGroupConfig | undefined): string | undefined =>
  group?.standby.kind === "warm" ? group.standby.address?.address : undefined;

const isDummyOnly = (change: InterfaceChange, group: PathGroupConfig | undefined): boolean =>
  "addresses" in change && change.addresses.every(({ address }) => address === dummyOf(group));

const dummyItems = (group: PathGroupConfig | undefined): readonly string[] => {
  const address = dummyOf(group);
  return address === undefined ? [] : [addressItem({ address })];
};

function onRecord(record: Record, plans: readonly FailoverPlan[]): void {
  record.plans = new Map(plans.map((plan) => [plan.group, plan]));
  for (const group of record.mine.keys()) if (!record.plans.has(group)) record.mine.delete(group);
  for (const plan of plans) {
    // The kernel takes routes with an interface's last address: also those that an undoing had to leave there.
    const before = isRest(plan) ? record.mine.get(plan.group) : undefined;
    record.mine.set(plan.group, new Set([...(before ?? []), ...changedBy(plan)]));
  }
}

/** It is what an undoing could not do. */
const isRest = ({ steps }: FailoverPlan): boolean => steps.length === 0;

const changedBy = (plan: FailoverPlan): readonly string[] => [
  ...[plan.moved, plan.replaced].flatMap(itemsOf),
  ...[...plan.steps, ...plan.undo].flatMap(itemsPut),
];

const itemsOf = ({ vlans, ...own }: InterfaceConfiguration): readonly string[] => [
  ...ownItemsOf(own),
  ...(vlans.length > 0 ? ["interface"] : []),
  ...vlans.flatMap(({ configuration }) => ownItemsOf(configuration)),
];

/** What stays where it is, and is put there again after the interface was off. */
function itemsPut(change: InterfaceChange): readonly string[] {
  const nothing = { addresses: [], routes: [], neighbours: [] };
  return ownItemsOf({ ...nothing, ...change });
}

const ownItemsOf = ({
  addresses,
  routes,
  neighbours,
}: Pick<InterfaceConfiguration, "addresses" | "routes" | "neighbours">): readonly string[] => [
  ...addresses.map(addressItem),
  ...routes.map(({ destination }) => `route ${destination}`),
  ...neighbours.map(({ address }) => `neighbour ${address}`),
];

function without(all: readonly ConfiguredItem[], some: readonly ConfiguredItem[]): readonly ConfiguredItem[] {
  const keys = new Set(some.map(keyOf));
  return all.filter((each) => !keys.has(keyOf(each)));
}

const keyOf = ({ interface: name, item }: ConfiguredItem): string => `${name} ${item}`;
