/* Scripts of orders for a kernel, in words that the real one and the simulated one both understand. */
import type { Result } from "../../src/base/result.js";
import { planFailover } from "../../src/core/paths/failover-plan.js";
import type { InterfaceChange, InterfaceConfiguration } from "../../src/model/interface-configuration.js";
import { type HostRoute, type KernelSnapshot, madeName, type PlacedAddress } from "../../src/model/kernel.js";
import type { StepProblem } from "../../src/model/node-io.js";
import type { PathGroupConfig } from "../../src/model/path.js";
import type { KernelEvent } from "../../src/sim/kernel.js";
import { groupConfig } from "../support/path-group-config.js";

export type Step =
  /** The agent's own orders. */
  | { readonly kind: "add-route" | "remove-route"; readonly route: HostRoute }
  /** What a guard does. */
  | { readonly kind: "clear-routes"; readonly addresses: readonly string[] }
  | { readonly kind: "clear-rules" }
  | { readonly kind: "add" | "remove"; readonly placed: PlacedAddress }
  /** The same by another program. */
  | { readonly kind: "stranger-adds" | "stranger-removes"; readonly placed: PlacedAddress }
  | {
      readonly kind: "link-down" | "link-up" | "cable-out" | "cable-in" | "delete" | "create";
      readonly interface: string;
    }
  | { readonly kind: "rename"; readonly interface: string; readonly to: string }
  | StrangerStep
  | FailOverStep;

/** What another program configures besides addresses. */
export type StrangerStep =
  | {
      readonly kind: "stranger-routes";
      readonly interface: string;
      readonly family: 4 | 6;
      readonly destination: string;
      readonly gateway?: string;
    }
  | {
      readonly kind: "stranger-neighbours";
      readonly interface: string;
      readonly address: string;
      readonly mac: string;
    };

/**
 * A change of paths as the agent makes it: both interfaces captured, the plan carried out to its `steps`-th step, where the
 * agent dies, and then from its beginning by the next one, to the end or backwards.
 */
export interface FailOverStep {
  readonly kind: "fail-over";
  readonly from: string;
  readonly to: string;
  readonly group: Pick<PathGroupConfig, "mac" | "standby">;
  readonly steps: number;
  readonly undone: boolean;
}

/** A kernel that scripts are played on. */
export interface Port {
  /** @returns the code of a refusal to the agent; strangers' refusals are not told. */
  play(step: Exclude<Step, FailOverStep>): string | undefined;
  capture(name: string): Result<InterfaceConfiguration, StepProblem>;
  change(change: InterfaceChange): StepProblem | undefined;
  /** Everything reported since the last call. */
  events(): readonly KernelEvent[];
  snapshot(): KernelSnapshot;
  /** Of ours, in any order. */
  routes(): readonly HostRoute[];
  /** The addresses with a policy rule of ours, in any order. */
  ruledAddresses(): readonly string[];
}

/** @returns what was refused, in order. */
export function failOver(port: Port, { from, to, group: part, steps, undone }: FailOverStep): string {
  const [a, b] = [port.capture(from), port.capture(to)];
  if (!a.ok || !b.ok) return "not captured";
  const group = { ...groupConfig(), ...part };
  const order = {
    group,
    reason: { kind: "carrier-lost" },
    from: a.value,
    to: b.value,
    stays: new Set<string>(),
  } as const;
  const plan = planFailover(order);
  const all = [...plan.steps.slice(0, steps), ...(undone ? plan.undo : plan.steps)];
  return all.map((change) => `${change.kind} ${port.change(change)?.code ?? "done"}`).join(", ");
}

/** What somebody configured besides addresses, in one spelling. */
export function spellRest(port: Port): readonly string[] {
  const own = port.routes().map((each) => `${each.interface} own route ${each.address} ${each.gateway}`);
  const others = INTERFACES.flatMap((name) => {
    const captured = port.capture(name);
    if (!captured.ok) return [];
    const { routes, neighbours, addresses } = captured.value;
    return [
      ...routes.map(({ destination, gateway, table }) => `${name} route ${destination} ${gateway} in ${table}`).sort(),
      ...neighbours.map(({ address, mac }) => `${name} neighbour ${address} ${mac}`).sort(),
      // What comes first of a subnet is its primary again, wherever it is put.
      ...spellAddresses(name, addresses),
    ];
  });
  const rules = port.ruledAddresses().map((address) => `own rule from ${address}`);
  return [...own.sort(), ...rules.sort(), ...others];
}

function spellAddresses(name: string, all: InterfaceConfiguration["addresses"]): readonly string[] {
  const lengths = [...new Set(all.map(({ prefixLength }) => prefixLength))].sort();
  return lengths.map((length) => {
    const ofSubnet = all.filter(({ prefixLength }) => prefixLength === length).map(({ address }) => address);
    return `${name} captured ${ofSubnet.join(" ")} of /${length}`;
  });
}

export const INTERFACES = ["eth0", "eth1"] as const;
/** Of the agent's own making, on the interface of the same number. */
export const MADE = [madeName("000000a0"), madeName("000000a1")] as const;
const ALL = [...INTERFACES, ...MADE];
export const macOf = (name: string): string => `02:00:00:00:00:0${name.slice(3)}`;

/** The names behind interface indices, as far as they were ever seen. */
export class LinkNames {
  readonly #names = new Map<number, string>();

  learn({ links }: KernelSnapshot, events: readonly KernelEvent[]): void {
    for (const { index, name } of links) this.#names.set(index, name);
    for (const event of events) if (event.kind === "link-changed") this.#names.set(event.link.index, event.link.name);
  }

  of(index: number): string {
    return this.#names.get(index) ?? `link ${index}`;
  }
}

/** What a kernel has, in one spelling, without what belongs to the real one alone. */
export function spellState({ links, addresses }: KernelSnapshot, names: LinkNames): readonly string[] {
  const spelled = [
    ...links.map(({ name, mac, up, carrier, mtu }) => `${name} ${mac} up ${up} carrier ${carrier} mtu ${mtu}`),
    ...addresses.map(
      ({ linkIndex, address, prefixLength, flags }) =>
        `${names.of(linkIndex)} ${address}/${prefixLength} flags ${flags.toString(16)}`,
    ),
  ];
  return spelled.filter((line) => ALL.some((name) => line.startsWith(`${name} `))).sort();
}

/**
 * What a kernel reported during one step, in one spelling. A link that passes through several states is told once, in
 * its last one and at its first place, and not at all when that is the state it had before.
 */
export function spellEvents(
  events: readonly KernelEvent[],
  names: LinkNames,
  linksBefore: ReadonlyMap<string, string>,
): readonly string[] {
  const lastState = linkStates(events);
  const seen = new Set<string>();
  return events.flatMap((event): readonly string[] => {
    const line = spellEvent(event, names);
    const name = ALL.find((each) => line.startsWith(`${each} `));
    if (name === undefined) return [];
    if (event.kind !== "link-changed") return [line];
    const state = lastState.get(name);
    const before = linksBefore.get(name);
    // The kernel's worker repeats what was told already, up to a second later.
    const isTold = seen.has(name) || state === undefined || state === before || line === before;
    if (line !== before) seen.add(name);
    return isTold ? [] : [state];
  });
}

/** The last state that was reported of each link. */
export const linkStates = (events: readonly KernelEvent[]): ReadonlyMap<string, string> =>
  new Map(
    events.flatMap((event) =>
      event.kind === "link-changed"
        ? [[event.link.name, `${event.link.name} up ${event.link.up} carrier ${event.link.carrier}`]]
        : [],
    ),
  );

function spellEvent(event: KernelEvent, names: LinkNames): string {
  switch (event.kind) {
    case "link-changed":
      return `${event.link.name} up ${event.link.up} carrier ${event.link.carrier}`;
    case "link-removed":
      return `${names.of(event.index)} removed`;
    case "address-added":
    case "address-removed": {
      const { linkIndex, address, prefixLength } = event.address;
      return `${names.of(linkIndex)} ${event.kind} ${address}/${prefixLength}`;
    }
  }
}
