/**
 * What a failover does, step by step, in the order of HN-4 and AF-5, and what undoes it. Pure: from what was captured of
 * both interfaces to a plan that can be written down.
 *
 *     from: VLANs, addresses, routes, neighbours off; switched off where the standby is warm or the MAC moves; its own MTU;
 *           before all that, those routes over other interfaces off that the kernel would take with the addresses that they
 *           go out from, without a word; they are on again at the end
 *     to:   MAC, MTU, switched on; addresses, VLANs, routes, neighbours on; stale neighbours forgotten; announced
 *     from: switched on again with the other MAC, so that its recovery is seen; what stays and was lost by that, put back
 *
 * An interface takes its MAC and MTU before it is switched on, since many must be off for that. Everything is taken off
 * before it is put elsewhere, so that no address is ever on both.
 */
import type {
  ConfiguredAddress,
  ConfiguredNeighbour,
  InterfaceChange,
  InterfaceConfiguration,
  VlanInterface,
} from "../../model/interface-configuration.js";
import type { FailoverPlan, PathGroupConfig, PathSwitchReason } from "../../model/path.js";
import { addressName, filtered, type Items, namesIn, neighbourName, NOTHING, sourcedFrom } from "./configured-items.js";

export interface FailoverOrder {
  readonly group: PathGroupConfig;
  readonly reason: PathSwitchReason;
  readonly from: InterfaceConfiguration;
  readonly to: InterfaceConfiguration;
  /** Addresses, also those on VLANs, that stay where they are. */
  readonly stays: ReadonlySet<string>;
  /** The MTU of the interface that is left while it stands by; absent: as it is. */
  readonly standbyMtu?: number | undefined;
}

export function planFailover(order: FailoverOrder): FailoverPlan {
  const { group, reason, from, to } = order;
  const moved = movedOf(order);
  const kept = switchesOff(order) ? keptOf(order, moved) : NOTHING;
  const change: Change = { ...order, moved, kept, dummy: dummyOf(group), swapsMac: swapsMac(order) };
  return {
    group: group.name,
    from: from.interface,
    to: to.interface,
    reason,
    moved,
    replaced: to,
    steps: forward(change),
    undo: backward(change),
    direction: "forward",
  };
}

/** Whether the failed interface is switched off, be it for a moment: what stays on it is out of reach meanwhile. */
export const switchesOff = (order: Pick<FailoverOrder, "group" | "from" | "to">): boolean =>
  order.group.standby.kind === "warm" || swapsMac(order);

/** The dummy address of a warm standby (HN-6); it belongs on whichever interface stands by. */
export function dummyOf({ standby }: PathGroupConfig): ConfiguredAddress | undefined {
  if (standby.kind !== "warm" || standby.address === undefined) return undefined;
  return { ...standby.address, scope: 0, flags: 0 };
}

/**
 * What stays on an interface that is switched off meanwhile, and is lost by that: the kernel takes IPv6 addresses, routes and
 * neighbours away from an interface that goes down, and from VLANs on it.
 */
function keptOf({ group, from }: FailoverOrder, moved: InterfaceConfiguration): Items {
  const dummy = dummyOf(group)?.address;
  return {
    addresses: from.addresses.filter(
      (each) => each.family === 6 && each.address !== dummy && !moved.addresses.includes(each),
    ),
    routes: from.routes.filter((each) => !moved.routes.includes(each)),
    neighbours: from.neighbours.filter((each) => !moved.neighbours.includes(each)),
    vlans: from.vlans.filter((each) => !moved.vlans.includes(each)),
  };
}

interface Change extends FailoverOrder {
  readonly moved: InterfaceConfiguration;
  readonly kept: Items;
  readonly dummy: ConfiguredAddress | undefined;
  readonly swapsMac: boolean;
}

const swapsMac = ({ group, from, to }: Pick<FailoverOrder, "group" | "from" | "to">): boolean =>
  group.mac === "move" && from.mac !== "" && to.mac !== "" && from.mac !== to.mac;

/** Routes and neighbours go along with the addresses of their family; a VLAN goes as a whole or not at all. */
function movedOf({ group, from: { sourced = [], ...from }, stays }: FailoverOrder): InterfaceConfiguration {
  const dummy = dummyOf(group)?.address;
  const own = from.addresses.filter(({ address }) => address !== dummy);
  const addresses = own.filter(({ address }) => !stays.has(address));
  const vlans = from.vlans.filter(({ configuration }) =>
    configuration.addresses.every(({ address }) => !stays.has(address)),
  );
  const all = [...addresses, ...vlans.flatMap(({ configuration }) => configuration.addresses)];
  const ofVlans = vlans.flatMap(({ configuration }) => configuration.sourced ?? []);
  const going = sourcedFrom([...sourced, ...ofVlans], all);
  const goes = ({ family }: { readonly family: 4 | 6 }): boolean =>
    addresses.some((each) => each.family === family) || own.every((each) => each.family !== family);
  return {
    ...from,
    addresses,
    routes: from.routes.filter(goes),
    neighbours: from.neighbours.filter(goes),
    ...(going.length === 0 ? {} : { sourced: going }),
    vlans,
  };
}

function forward(change: Change): readonly InterfaceChange[] {
  const { group, from, to, moved, kept, dummy, swapsMac } = change;
  const [a, b] = [from.interface, to.interface];
  if (change.reason.kind === "interface-returned") return restored(change);
  const isWarm = group.standby.kind === "warm";
  return [
    ...takeOff(a, moved),
    ...when(isWarm || swapsMac, { kind: "disable", interface: a }),
    ...when(swapsMac, { kind: "set-mac", interface: a, mac: to.mac }),
    ...mtu(a, from.mtu, change.standbyMtu),
    ...addresses("remove-addresses", b, dummy === undefined ? [] : [dummy]),
    ...addresses("add-addresses", a, [...(dummy === undefined ? [] : [dummy]), ...kept.addresses]),
    ...when(swapsMac, { kind: "set-mac", interface: b, mac: from.mac }),
    ...mtu(b, to.mtu, from.mtu),
    { kind: "enable", interface: b },
    ...neighbours("add-neighbours", b, swapsMac ? ownNeighbours(change) : []),
    ...putOn(b, moved),
    ...when(swapsMac && !isWarm, { kind: "enable", interface: a }),
    ...(isWarm ? vlans("create-vlans", a, kept.vlans.map(switchedOff)) : keptParts(a, kept)),
  ];
}

/**
 * What an interface carried is put on it again. Of the other one nothing is known but that it must not carry the same: what
 * else it may carry is not touched.
 */
function restored({ from, to, moved, dummy, swapsMac }: Change): readonly InterfaceChange[] {
  const [a, b] = [from.interface, to.interface];
  return [
    ...takeOff(a, moved),
    ...addresses("remove-addresses", b, dummy === undefined ? [] : [dummy]),
    ...when(swapsMac, { kind: "set-mac", interface: b, mac: from.mac }),
    ...mtu(b, to.mtu, from.mtu),
    { kind: "enable", interface: b },
    ...putOn(b, moved),
  ];
}

/**
 * The other way round; what `to` had before, it keeps. What was restored to an interface that had returned is only taken
 * off again: nothing was on the other.
 */
function backward(change: Change): readonly InterfaceChange[] {
  const { reason, from, to, moved, kept, dummy, swapsMac } = change;
  const [a, b] = [from.interface, to.interface];
  const had = new Set(namesIn(to));
  const hadDummy = dummy !== undefined && had.has(addressName(dummy));
  const off = takeOff(
    b,
    filtered(moved, (name) => !had.has(name)),
  );
  if (reason.kind === "interface-returned") return off;
  return [
    ...off,
    ...when(!to.up, { kind: "disable", interface: b }),
    ...when(swapsMac, { kind: "set-mac", interface: b, mac: to.mac }),
    ...mtu(b, from.mtu, to.mtu),
    ...neighbours("add-neighbours", b, [...(swapsMac ? ownNeighbours(change) : []), ...replacedNeighbours(change)]),
    ...addresses("remove-addresses", a, dummy === undefined ? [] : [dummy]),
    ...addresses("add-addresses", b, hadDummy ? [dummy] : []),
    ...when(swapsMac, { kind: "set-mac", interface: a, mac: from.mac }),
    ...mtu(a, change.standbyMtu ?? from.mtu, from.mtu),
    ...when(from.up, { kind: "enable", interface: a }),
    ...addresses("add-addresses", a, kept.addresses),
    ...keptParts(a, kept),
    ...putOn(a, moved),
  ];
}

/** The static neighbours of the interface itself, which it loses with its MAC. */
function ownNeighbours({ to, moved }: Change): readonly ConfiguredNeighbour[] {
  const coming = new Set(moved.neighbours.map(neighbourName));
  return to.up ? to.neighbours.filter((each) => !coming.has(neighbourName(each))) : [];
}

/** Those in whose place others come. */
function replacedNeighbours({ to, moved }: Change): readonly ConfiguredNeighbour[] {
  const coming = new Set(moved.neighbours.map(neighbourName));
  return to.up ? to.neighbours.filter((each) => coming.has(neighbourName(each))) : [];
}

function takeOff(name: string, { routes, ...moved }: InterfaceConfiguration): readonly InterfaceChange[] {
  return [
    ...elsewhere("remove-routes", moved),
    ...vlans("delete-vlans", name, moved.vlans),
    ...addresses("remove-addresses", name, moved.addresses),
    ...when(routes.length > 0, { kind: "remove-routes", interface: name, routes }),
    ...neighbours("remove-neighbours", name, moved.neighbours),
    { kind: "forget-neighbours", interface: name },
  ];
}

function putOn(name: string, moved: InterfaceConfiguration): readonly InterfaceChange[] {
  const speaking = moved.vlans.filter(({ configuration }) => configuration.up);
  const announced = { addresses: moved.addresses, vlans: speaking };
  const carries = moved.addresses.length > 0 || speaking.length > 0;
  return [
    ...addresses("add-addresses", name, moved.addresses),
    ...vlans("create-vlans", name, moved.vlans),
    ...linkParts(name, moved),
    ...elsewhere("add-routes", moved),
    { kind: "forget-neighbours", interface: name },
    ...when(carries, { kind: "announce-addresses", interface: name, ...announced }),
  ];
}

/** What an interface that is on again had lost by having been off. */
const keptParts = (name: string, kept: Items): readonly InterfaceChange[] => [
  ...vlans("create-vlans", name, kept.vlans),
  ...linkParts(name, kept),
];

/** As it is on an interface that is off. */
const switchedOff = (vlan: VlanInterface): VlanInterface => ({
  ...vlan,
  configuration: { ...vlan.configuration, up: false },
});

/** What an interface takes only while it is on. */
const linkParts = (
  name: string,
  { routes, ...others }: Pick<InterfaceConfiguration, "routes" | "neighbours">,
): readonly InterfaceChange[] => [
  ...when(routes.length > 0, { kind: "add-routes", interface: name, routes }),
  ...neighbours("add-neighbours", name, others.neighbours),
];

const elsewhere = (
  kind: "add-routes" | "remove-routes",
  { sourced = [] }: Pick<InterfaceConfiguration, "sourced">,
): readonly InterfaceChange[] => sourced.map(({ interface: name, routes }) => ({ kind, interface: name, routes }));

const when = (condition: boolean, change: InterfaceChange): readonly InterfaceChange[] => (condition ? [change] : []);

const mtu = (name: string, now: number, wanted: number | undefined): readonly InterfaceChange[] =>
  wanted === undefined || wanted === now ? [] : [{ kind: "set-mtu", interface: name, mtu: wanted }];

const addresses = (
  kind: "add-addresses" | "remove-addresses",
  name: string,
  list: readonly ConfiguredAddress[],
): readonly InterfaceChange[] => when(list.length > 0, { kind, interface: name, addresses: list });

const vlans = (
  kind: "create-vlans" | "delete-vlans",
  name: string,
  list: readonly VlanInterface[],
): readonly InterfaceChange[] => when(list.length > 0, { kind, interface: name, vlans: list });

const neighbours = (
  kind: "add-neighbours" | "remove-neighbours",
  name: string,
  list: readonly ConfiguredNeighbour[],
): readonly InterfaceChange[] => when(list.length > 0, { kind, interface: name, neighbours: list });
