/**
 * Interfaces and what is configured on them, as a map: what a kernel does with InterfaceChanges, without the kernel. It takes
 * from an interface that is switched off what Linux takes.
 */
import type {
  ConfiguredAddress,
  InterfaceChange,
  InterfaceConfiguration,
  VlanInterface,
} from "../../src/model/interface-configuration.js";
import type { StepProblem } from "../../src/model/node-io.js";

export const address = (text: string): ConfiguredAddress => ({
  family: text.includes(":") ? 6 : 4,
  address: text,
  prefixLength: text.includes(":") ? 64 : 24,
  scope: 0,
  flags: 0,
});

export const interfaceNamed = (name: string, change: Partial<InterfaceConfiguration> = {}): InterfaceConfiguration => ({
  interface: name,
  mac: `02:00:00:00:00:0${name.at(-1) ?? "0"}`,
  mtu: 1500,
  up: true,
  addresses: [],
  routes: [],
  neighbours: [],
  vlans: [],
  immovable: [],
  ...change,
});

/** Tells the items that the kernel does not put on an interface, or take off it. */
export type Refusal = (item: string, name: string, kind: InterfaceChange["kind"]) => boolean;

export class FakeInterfaces {
  readonly #interfaces = new Map<string, InterfaceConfiguration>();
  readonly #indexes = new Map<string, number>();
  #lastIndex = 0;
  readonly announced: string[] = [];

  constructor(interfaces: readonly InterfaceConfiguration[]) {
    for (const each of interfaces) this.set(each);
  }

  get(name: string): InterfaceConfiguration | undefined {
    return this.#interfaces.get(name);
  }

  /** The kernel's number: 1 for the first one, and another for whatever is plugged in again. */
  index(name: string): number {
    return this.#indexes.get(name) ?? 0;
  }

  set(configuration: InterfaceConfiguration): void {
    const { interface: name } = configuration;
    this.#interfaces.set(name, configuration);
    if (this.#indexes.has(name)) return;
    this.#lastIndex += 1;
    this.#indexes.set(name, this.#lastIndex);
  }

  unplug(name: string): void {
    this.#interfaces.delete(name);
    this.#indexes.delete(name);
  }

  /** Several names at once, by what they were, so that two may be exchanged. */
  rename(names: Readonly<Record<string, string>>): void {
    const renamed = Object.entries(names).map(([from, to]) => ({
      from,
      to,
      index: this.index(from),
      was: this.get(from),
    }));
    for (const { from } of renamed) this.unplug(from);
    for (const { to, index, was } of renamed) {
      if (was === undefined) continue;
      this.#indexes.set(to, index);
      this.set({ ...was, interface: to });
    }
  }

  names(): readonly string[] {
    return [...this.#interfaces.keys()];
  }

  /** The interfaces, or VLANs, that have the address. */
  placesOf(text: string): readonly string[] {
    return [...this.#interfaces.values()].flatMap((each) => [
      ...(has(each.addresses, text) ? [each.interface] : []),
      ...each.vlans.filter(({ configuration }) => has(configuration.addresses, text)).map(({ name }) => name),
    ]);
  }

  apply(change: InterfaceChange, refuses: Refusal = () => false): StepProblem | undefined {
    const before = this.#interfaces.get(change.interface);
    if (before === undefined) return { code: "ENODEV", message: "no such interface" };
    const refused: string[] = [];
    const take = <Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] =>
      items.filter((item) => {
        if (!refuses(nameOf(item), change.interface, change.kind)) return true;
        refused.push(nameOf(item));
        return false;
      });
    this.set({ ...before, ...this.#changed(before, change, take) });
    return refused.length === 0 ? undefined : { code: "EINVAL", message: refused.join(" ") };
  }

  #changed(
    before: InterfaceConfiguration,
    change: InterfaceChange,
    take: <Item>(items: readonly Item[], nameOf: (item: Item) => string) => readonly Item[],
  ): Partial<InterfaceConfiguration> {
    const taken = (word: string, after: Partial<InterfaceConfiguration>): Partial<InterfaceConfiguration> =>
      take([word], (each) => each).length === 0 ? {} : after;
    switch (change.kind) {
      case "disable":
        return taken("down", { ...switchedOff(before), vlans: before.vlans.map((vlan) => on(vlan, switchedOff)) });
      case "enable":
        return taken("up", { up: true, vlans: before.vlans.map((vlan) => on(vlan, switchedOn)) });
      case "set-mac":
        return taken(change.mac, { mac: change.mac, neighbours: change.mac === before.mac ? before.neighbours : [] });
      case "set-mtu":
        return taken(`mtu ${change.mtu}`, { mtu: change.mtu });
      case "add-addresses":
        return { addresses: merged(before.addresses, take(change.addresses, nameOfAddress), nameOfAddress) };
      case "remove-addresses":
        return { addresses: without(before.addresses, take(change.addresses, nameOfAddress), nameOfAddress) };
      case "add-routes":
        return { routes: merged(before.routes, take(change.routes, nameOfRoute), nameOfRoute) };
      case "remove-routes":
        return { routes: without(before.routes, take(change.routes, nameOfRoute), nameOfRoute) };
      case "add-neighbours":
        return { neighbours: merged(before.neighbours, take(change.neighbours, nameOfAddress), nameOfAddress) };
      case "remove-neighbours":
        return { neighbours: without(before.neighbours, take(change.neighbours, nameOfAddress), nameOfAddress) };
      case "create-vlans":
        return { vlans: merged(before.vlans, take(change.vlans, nameOfVlan), nameOfVlan) };
      case "delete-vlans":
        return { vlans: without(before.vlans, take(change.vlans, nameOfVlan), nameOfVlan) };
      case "announce-addresses":
        this.announced.push(...change.addresses.map((each) => each.address));
        return {};
      case "forget-neighbours":
        return {};
    }
  }
}

type Own = Omit<InterfaceConfiguration, "vlans">;

const switchedOff = <Each extends Own>(before: Each): Each => ({
  ...before,
  up: false,
  addresses: before.addresses.filter(({ family }) => family === 4),
  routes: [],
  neighbours: [],
});
const switchedOn = (before: Own): Own => ({ ...before, up: true });
const on = (vlan: VlanInterface, change: (before: Own) => Own): VlanInterface => ({
  ...vlan,
  configuration: change(vlan.configuration),
});

const has = (list: readonly ConfiguredAddress[], text: string): boolean => list.some((each) => each.address === text);
const nameOfAddress = (each: { readonly address: string }): string => each.address;
const nameOfRoute = (each: { readonly destination: string }): string => each.destination;
const nameOfVlan = (each: VlanInterface): string => each.name;

const without = <Item>(
  all: readonly Item[],
  some: readonly Item[],
  nameOf: (item: Item) => string,
): readonly Item[] => {
  const names = new Set(some.map(nameOf));
  return all.filter((each) => !names.has(nameOf(each)));
};
const merged = <Item>(all: readonly Item[], some: readonly Item[], nameOf: (item: Item) => string): readonly Item[] => [
  ...without(all, some, nameOf),
  ...some,
];
