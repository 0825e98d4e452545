/** The items of a step that works on a batch: which they are, its halves, and what puts an item back. */
import { assert } from "../../base/assert.js";
import type { InterfaceChange } from "../../model/interface-configuration.js";
import { allJoined, filtered, type Items, namesIn, NOTHING } from "./configured-items.js";

type Kind = InterfaceChange["kind"];
type Batch<Key extends string> = Extract<InterfaceChange, { readonly [Each in Key]: readonly unknown[] }>;

export function itemsOf(change: InterfaceChange): number {
  if (isAddressBatch(change)) return change.addresses.length;
  if (isVlanBatch(change)) return change.vlans.length;
  if ("routes" in change) return change.routes.length;
  return "neighbours" in change ? change.neighbours.length : 1;
}

export function halves(change: InterfaceChange): readonly [InterfaceChange, InterfaceChange] {
  const middle = itemsOf(change) >> 1;
  assert(middle > 0, "only what has two items has two halves");
  return [part(change, 0, middle), part(change, middle)];
}

/** What takes the items off the interface that refused them and puts them on `name` again; and their addresses. */
export function wayBack(
  change: InterfaceChange,
  name: string,
): { readonly changes: readonly InterfaceChange[]; readonly addresses: readonly string[] } | undefined {
  const again = { ...change, interface: name };
  if (change.kind === "add-addresses") {
    const addresses = change.addresses.map(({ address }) => address);
    return { changes: [{ ...change, kind: "remove-addresses" }, again], addresses };
  }
  if (change.kind !== "create-vlans") return undefined;
  const addresses = change.vlans.flatMap(({ configuration }) => configuration.addresses.map(({ address }) => address));
  return { changes: [{ ...change, kind: "delete-vlans" }, again], addresses };
}

/** Both interfaces of a change of paths exchange their MACs: what keeps one from its own keeps the other too. */
const MACS = "MACs";

/** The items that a step is about. */
export const namesOf = (change: InterfaceChange): readonly string[] =>
  change.kind === "set-mac" ? [MACS] : namesIn({ ...NOTHING, ...change });

/** A step on the items that are chosen, and one on the others; undefined where there are none. */
export function parted(
  change: InterfaceChange,
  isChosen: (name: string) => boolean,
): readonly [InterfaceChange | undefined, InterfaceChange | undefined] {
  const only = (isWanted: (name: string) => boolean): InterfaceChange | undefined => {
    if (!namesOf(change).some(isWanted)) return undefined;
    const { addresses, vlans, routes, neighbours } = filtered({ ...NOTHING, ...change }, isWanted);
    return {
      ...change,
      ...("addresses" in change ? { addresses } : {}),
      ...("vlans" in change ? { vlans } : {}),
      ...("routes" in change ? { routes } : {}),
      ...("neighbours" in change ? { neighbours } : {}),
    };
  };
  return [only(isChosen), only((name) => !isChosen(name))];
}

/** Steps of one kind on one interface as the batch that they are parts of, at the place of the first. */
export function rejoined(changes: readonly InterfaceChange[]): readonly InterfaceChange[] {
  const batches = new Map<string, InterfaceChange>();
  for (const change of changes) {
    const key = itemKeys(change).length > 0 ? `${change.kind} ${change.interface}` : JSON.stringify(change);
    const first = batches.get(key);
    batches.set(key, first === undefined ? change : appended(first, change));
  }
  return [...batches.values()];
}

function appended(first: InterfaceChange, second: InterfaceChange): InterfaceChange {
  const all = allJoined({ ...NOTHING, ...first }, { ...NOTHING, ...second });
  return { ...first, ...Object.fromEntries(itemKeys(first).map((key) => [key, all[key]])) };
}

const itemKeys = (change: InterfaceChange): readonly (keyof Items)[] =>
  (["addresses", "vlans", "routes", "neighbours"] as const).filter((key) => key in change);

function part(change: InterfaceChange, start: number, end?: number): InterfaceChange {
  if (isAddressBatch(change)) return { ...change, addresses: change.addresses.slice(start, end) };
  if (isVlanBatch(change)) return { ...change, vlans: change.vlans.slice(start, end) };
  if ("routes" in change) return { ...change, routes: change.routes.slice(start, end) };
  return "neighbours" in change ? { ...change, neighbours: change.neighbours.slice(start, end) } : change;
}

const ADDRESS_BATCHES: ReadonlySet<Kind> = new Set(["add-addresses", "remove-addresses"]);
const VLAN_BATCHES: ReadonlySet<Kind> = new Set(["create-vlans", "delete-vlans"]);
const isAddressBatch = (change: InterfaceChange): change is Exclude<Batch<"addresses">, Batch<"vlans">> =>
  ADDRESS_BATCHES.has(change.kind);
const isVlanBatch = (change: InterfaceChange): change is Exclude<Batch<"vlans">, Batch<"addresses">> =>
  VLAN_BATCHES.has(change.kind);
