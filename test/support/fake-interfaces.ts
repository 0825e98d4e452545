/**
 * Interfaces and what is configured on them, as a map: what a kernel does with InterfaceChanges, without the kernel. It takes
 * from an interface that is switched off what Linux takes, and routes over whatever interface with the last address that they
 * go out from.
 */
import type {
  ConfiguredAddress,
  ConfiguredRoute,
  InterfaceChange,
  InterfaceConfiguration,
  RoutesElsewhere,
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
    const found = this.#interfaces.get(name);
    const sourced = found === undefined ? [] : this.#routesElsewhere(found);
    return found === undefined || sourced.length === 0 ? found : { ...found, sourced };
  }

  #routesElsewhere({ interface: name, addresses }: InterfaceConfiguration): readonly RoutesElsewhere[] {
    return [...this.#interfaces.values()]
      .filter((each) => each.interface !== name)
      .map((each) => ({
        interface: each.interface,
        routes: each.routes.filter((route) => goesOutFrom(addresses, route)),
      }))
      .filter(({ routes }) => routes.length > 0);
  }

  /** The kernel's number: 1 for the first one, and another for whatever is plugged in again. */
  index(name: string): number {
    return this.#indexes.get(name) ?? 0;
  }

  /** Routes over other interfaces are those that these have. */
  set({ sourced: _told, ...configuration }: InterfaceConfiguration): void {
    const { interface: name } = configuration;
    this.#interfaces.set(name, configuration);
    if (this.#indexes.has(name)) return;
    this.#lastIndex += 1;
    this.#indexes.set(name, this.#lastIndex);
  }

  unplug(name: string): void {
    this.#interfaces.delete(name);
    this.#indexes.delete(name);
    this.#dropSourceless();
  }

  /** Several names at once, by what they were, so that two may be exchanged. */
  rename(names: Readonly<Record<string, string>>): void {
    const renamed = Object.entries(names).map(([from, to]) => ({
      from,
      to,
      index: this.index(from),
      was: this.get(from),
    }));
    for (const { from } of renamed) {
      this.#interfaces.delete(from);
      this.#indexes.delete(from);
    }
    for (const { to, index, was } of renamed) {
      if (was === undefined) continue;
      this.#indexes.set(to, index);
      this.set({ ...was, interface: to });
    }
  }

  /** Of IPv4 routes of the main table the kernel takes those that go out from an address that the host has no more. */
  #dropSourceless(): void {
    for (const each of this.#interfaces.values()) {
      this.set({
        ...each,
        routes: each.routes.filter((route) => isKeptWithoutSource(route) || this.#hasSource(route)),
      });
    }
  }

  #hasSource({ source }: Pick<ConfiguredRoute, "source">): boolean {
    return source === undefined || this.placesOf(source).length > 0;
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
    const isSourceless = (item: object): boolean => change.kind === "add-routes" && !this.#hasSource(item);
    const take = <Item extends object | string>(
      items: readonly Item[],
      nameOf: (item: Item) => string,
    ): readonly Item[] =>
      items.filter((item) => {
        const isImpossible = typeof item === "object" && isSourceless(item);
        if (!isImpossible && !refuses(nameOf(item), change.interface, change.kind)) return true;
        refused.push(nameOf(item));
        return false;
      });
    this.set({ ...before, ...this.#changed(before, change, take) });
    this.#dropSourceless();
    return refused.length === 0 ? undefined : { code: "EINVAL", message: refused.join(" ") };
  }

  #changed(
    before: InterfaceConfiguration,
    change: InterfaceChange,
    take: <Item extends object | string>(items: readonly Item[], nameOf: (item: Item) => string) => readonly Item[],
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

const isKeptWithoutSource = ({ family, table }: ConfiguredRoute): boolean => family === 6 || table !== MAIN_TABLE;
const MAIN_TABLE = 254;

const goesOutFrom = (addresses: readonly ConfiguredAddress[], { source = "" }: ConfiguredRoute): boolean =>
  has(addresses, source);

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
