/**
 * What a failover does, step by step, in the order of HN-4 and AF-5, and what undoes it. Pure: from what was captured of
 * both interfaces to a plan that can be written down.
 *
 *     from: VLANs, addresses, routes, neighbours off; switched off where the standby is warm or the MAC moves
 *     to:   MAC, MTU, switched on; addresses, VLANs, routes, neighbours on; stale neighbours forgotten; announced
 *     from: switched on again with the other MAC, so that its recovery is seen; what stays and was lost by that, put back
 *
 * An interface takes its MAC and MTU before it is switched on, since many must be off for that. Everything is taken off
 * before it is put elsewhere, so that no address is ever on both.
 */
import type {
  ConfiguredAddress,
  InterfaceChange,
  InterfaceConfiguration,
  VlanInterface,
} from "../../model/interface-configuration.js";
import type { FailoverPlan, PathGroupConfig, PathSwitchReason } from "../../model/path.js";

export interface FailoverOrder {
  readonly group: PathGroupConfig;
  readonly reason: PathSwitchReason;
  readonly from: InterfaceConfiguration;
  readonly to: InterfaceConfiguration;
  /** Addresses, also those on VLANs, that stay where they are. */
  readonly stays: ReadonlySet<string>;
}

export function planFailover(order: FailoverOrder): FailoverPlan {
  const { group, reason, from, to } = order;
  const moved = movedOf(order);
  const kept = switchesOff(order) ? keptOf(order, moved) : NOTHING_KEPT;
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

/** What stays on an interface that is switched off meanwhile, and is lost by that. */
type Kept = Pick<InterfaceConfiguration, "addresses" | "routes" | "neighbours" | "vlans">;

const NOTHING_KEPT: Kept = { addresses: [], routes: [], neighbours: [], vlans: [] };

/** The kernel takes IPv6 addresses, routes and neighbours away from an interface that goes down, and from VLANs on it. */
function keptOf({ group, from }: FailoverOrder, moved: InterfaceConfiguration): Kept {
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
  readonly kept: Kept;
  readonly dummy: ConfiguredAddress | undefined;
  readonly swapsMac: boolean;
}

const swapsMac = ({ group, from, to }: Pick<FailoverOrder, "group" | "from" | "to">): boolean =>
  group.mac === "move" && from.mac !== "" && to.mac !== "" && from.mac !== to.mac;

/** Routes and neighbours go along with the addresses of their family; a VLAN goes as a whole or not at all. */
function movedOf({ group, from, stays }: FailoverOrder): InterfaceConfiguration {
  const dummy = dummyOf(group)?.address;
  const own = from.addresses.filter(({ address }) => address !== dummy);
  const addresses = own.filter(({ address }) => !stays.has(address));
  const goes = ({ family }: { readonly family: 4 | 6 }): boolean =>
    addresses.some((each) => each.family === family) || own.every((each) => each.family !== family);
  return {
    ...from,
    addresses,
    routes: from.routes.filter(goes),
    neighbours: from.neighbours.filter(goes),
    vlans: from.vlans.filter(({ configuration }) =>
      configuration.addresses.every(({ address }) => !stays.has(address)),
    ),
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
    ...addresses("remove-addresses", b, dummy === undefined ? [] : [dummy]),
    ...addresses("add-addresses", a, [...(dummy === undefined ? [] : [dummy]), ...kept.addresses]),
    ...when(swapsMac, { kind: "set-mac", interface: b, mac: from.mac }),
    ...when(from.mtu !== to.mtu, { kind: "set-mtu", interface: b, mtu: from.mtu }),
    { kind: "enable", interface: b },
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
    ...when(from.mtu !== to.mtu, { kind: "set-mtu", interface: b, mtu: from.mtu }),
    { kind: "enable", interface: b },
    ...putOn(b, moved),
  ];
}

/**
 * The other way round; what `to` had before, it keeps. What was restored to an interface that had returned is only taken
 * off again: nothing was on the other.
 */
function backward({ reason, from, to, moved, kept, dummy, swapsMac }: Change): readonly InterfaceChange[] {
  const [a, b] = [from.interface, to.interface];
  const had = new Set(to.addresses.map(({ address }) => address));
  const hadDummy = dummy !== undefined && had.has(dummy.address);
  const off = takeOff(b, { ...moved, addresses: moved.addresses.filter(({ address }) => !had.has(address)) });
  if (reason.kind === "interface-returned") return off;
  return [
    ...off,
    ...when(!to.up, { kind: "disable", interface: b }),
    ...when(swapsMac, { kind: "set-mac", interface: b, mac: to.mac }),
    ...when(from.mtu !== to.mtu, { kind: "set-mtu", interface: b, mtu: to.mtu }),
    ...addresses("remove-addresses", a, dummy === undefined ? [] : [dummy]),
    ...addresses("add-addresses", b, hadDummy ? [dummy] : []),
    ...when(swapsMac, { kind: "set-mac", interface: a, mac: from.mac }),
    ...when(from.up, { kind: "enable", interface: a }),
    ...addresses("add-addresses", a, kept.addresses),
    ...keptParts(a, kept),
    ...putOn(a, moved),
  ];
}

function takeOff(name: string, { routes, neighbours, ...moved }: InterfaceConfiguration): readonly InterfaceChange[] {
  return [
    ...vlans("delete-vlans", name, moved.vlans),
    ...addresses("remove-addresses", name, moved.addresses),
    ...when(routes.length > 0, { kind: "remove-routes", interface: name, routes }),
    ...when(neighbours.length > 0, { kind: "remove-neighbours", interface: name, neighbours }),
    { kind: "forget-neighbours", interface: name },
  ];
}

function putOn(name: string, moved: InterfaceConfiguration): readonly InterfaceChange[] {
  const announced = { addresses: moved.addresses, vlans: moved.vlans };
  const carries = moved.addresses.length > 0 || moved.vlans.length > 0;
  return [
    ...addresses("add-addresses", name, moved.addresses),
    ...vlans("create-vlans", name, moved.vlans),
    ...linkParts(name, moved),
    { kind: "forget-neighbours", interface: name },
    ...when(carries, { kind: "announce-addresses", interface: name, ...announced }),
  ];
}

/** What an interface that is on again had lost by having been off. */
const keptParts = (name: string, kept: Kept): readonly InterfaceChange[] => [
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
  { routes, neighbours }: Pick<InterfaceConfiguration, "routes" | "neighbours">,
): readonly InterfaceChange[] => [
  ...when(routes.length > 0, { kind: "add-routes", interface: name, routes }),
  ...when(neighbours.length > 0, { kind: "add-neighbours", interface: name, neighbours }),
];

const when = (condition: boolean, change: InterfaceChange): readonly InterfaceChange[] => (condition ? [change] : []);

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
