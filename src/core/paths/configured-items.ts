/** What is configured on an interface, item by item: each has a name, which is the same on whatever interface it is. */
import type {
  ConfiguredNeighbour,
  ConfiguredRoute,
  InterfaceConfiguration,
  RoutesElsewhere,
} from "../../model/interface-configuration.js";

/** What can go from one interface to another. */
export type Items = Pick<InterfaceConfiguration, "addresses" | "vlans" | "routes" | "neighbours">;

export const NOTHING: Items = { addresses: [], vlans: [], routes: [], neighbours: [] };

export const addressName = ({ address }: { readonly address: string }): string => address;
export const vlanName = ({ name }: { readonly name: string }): string => name;
/** The kernel's description of a route would tell the interface too. */
export const routeName = ({ family, destination, gateway, table, metric }: ConfiguredRoute): string =>
  `IPv${family} route to ${destination} via ${gateway ?? "the link"} in ${table} at ${metric ?? 0}`;
/** Those of the routes in whose place there is another one: to the same destination, with the same metric. */
export function replacedNames(
  routes: readonly ConfiguredRoute[],
  there: readonly ConfiguredRoute[],
): ReadonlySet<string> {
  const taken = new Set(there.map(placeName));
  return new Set(routes.filter((route) => taken.has(placeName(route))).map(routeName));
}

const placeName = ({ family, destination, table, metric }: ConfiguredRoute): string =>
  `IPv${family} ${destination} in ${table} at ${metric ?? 0}`;

export const neighbourName = ({ address, isProxy }: ConfiguredNeighbour): string =>
  `${isProxy ? "proxy" : "neighbour"} ${address}`;

export const namesIn = ({ addresses, vlans, routes, neighbours }: Items): readonly string[] => [
  ...addresses.map(addressName),
  ...vlans.map(vlanName),
  ...routes.map(routeName),
  ...neighbours.map(neighbourName),
];

/** Of routes over other interfaces, those that go out from one of the addresses. */
export function sourcedFrom(
  elsewhere: readonly RoutesElsewhere[],
  addresses: readonly { readonly address: string }[],
): readonly RoutesElsewhere[] {
  const sources = new Set(addresses.map(addressName));
  return elsewhere
    .map((each) => ({ ...each, routes: each.routes.filter(({ source = "" }) => sources.has(source)) }))
    .filter(({ routes }) => routes.length > 0);
}

/** Only the items that are wanted. */
export const filtered = <Configured extends Items>(
  all: Configured,
  isWanted: (name: string) => boolean,
): Configured => ({
  ...all,
  addresses: all.addresses.filter((each) => isWanted(addressName(each))),
  vlans: all.vlans.filter((each) => isWanted(vlanName(each))),
  routes: all.routes.filter((each) => isWanted(routeName(each))),
  neighbours: all.neighbours.filter((each) => isWanted(neighbourName(each))),
});

type NameOf<Item> = (item: Item) => string;

/** The first, and those of the second that are not among them. */
export const joined = <Item>(
  first: readonly Item[],
  second: readonly Item[],
  nameOf: NameOf<Item>,
): readonly Item[] => [...first, ...missing(first, second, nameOf)];

/** The same of all that can go from one interface to another. */
export const allJoined = (first: Items, second: Items): Items => ({
  addresses: joined(first.addresses, second.addresses, addressName),
  vlans: joined(first.vlans, second.vlans, vlanName),
  routes: joined(first.routes, second.routes, routeName),
  neighbours: joined(first.neighbours, second.neighbours, neighbourName),
});

/** Those of the second that are not among the first. */
function missing<Item>(first: readonly Item[], second: readonly Item[], nameOf: NameOf<Item>): readonly Item[] {
  const names = new Set(first.map(nameOf));
  return second.filter((item) => !names.has(nameOf(item)));
}
