/**
 * What an interface lost by going down, or by being gone, is taken from its snapshot (HN-12). The kernel takes routes, static
 * neighbours and IPv6 addresses from an interface that is switched off, and switches off the VLANs on it too; one that was
 * gone has lost everything.
 */
import type {
  ConfiguredNeighbour,
  ConfiguredRoute,
  InterfaceConfiguration,
  VlanInterface,
} from "../../model/interface-configuration.js";

/** What is configured on one interface, be it a VLAN. */
type Own = Omit<InterfaceConfiguration, "vlans">;

interface Loss {
  /** As it was while all was well. */
  readonly snapshot: InterfaceConfiguration;
  /** It was gone for a while, and not only off. */
  readonly isStripped: boolean;
}

/** What the interface has, and what it had before. */
export function completed(captured: InterfaceConfiguration, loss: Loss): InterfaceConfiguration {
  const { snapshot, isStripped } = loss;
  if (!snapshot.up || (captured.up && !isStripped)) return captured;
  const there = captured.vlans.map((vlan) => completedVlan(vlan, loss));
  return {
    ...withLost(captured, snapshot, isStripped),
    ...(isStripped ? { mac: snapshot.mac, mtu: snapshot.mtu } : {}),
    vlans: isStripped ? joined(there, snapshot.vlans, nameOf) : there,
  };
}

/** One that was off before is so by an operator's word, and one that is on now does not follow the interface below. */
function completedVlan(vlan: VlanInterface, { snapshot, isStripped }: Loss): VlanInterface {
  const before = snapshot.vlans.find(({ name, id }) => name === vlan.name && id === vlan.id)?.configuration;
  if (before?.up !== true || (vlan.configuration.up && !isStripped)) return vlan;
  return { ...vlan, configuration: { ...withLost(vlan.configuration, before, isStripped), up: true } };
}

function withLost<Configuration extends Own>(captured: Configuration, before: Own, isStripped: boolean): Configuration {
  const lost = before.addresses.filter(({ family }) => isStripped || family === 6);
  return {
    ...captured,
    addresses: joined(captured.addresses, lost, addressOf),
    routes: joined(captured.routes, before.routes, descriptionOf),
    neighbours: joined(captured.neighbours, before.neighbours, neighbourKey),
  };
}

type KeyOf<Item> = (item: Item) => string;

export const addressOf = ({ address }: { readonly address: string }): string => address;
export const nameOf = ({ name }: { readonly name: string }): string => name;
const descriptionOf = ({ description }: ConfiguredRoute): string => description;
const neighbourKey = ({ address, isProxy }: ConfiguredNeighbour): string => `${address} ${isProxy}`;

/** The first, and those of the second that are not among them. */
export const joined = <Item>(first: readonly Item[], second: readonly Item[], keyOf: KeyOf<Item>): readonly Item[] => [
  ...first,
  ...missing(first, second, keyOf),
];

/** Those of the second that are not among the first. */
export function missing<Item>(first: readonly Item[], second: readonly Item[], keyOf: KeyOf<Item>): readonly Item[] {
  const keys = new Set(first.map(keyOf));
  return second.filter((item) => !keys.has(keyOf(item)));
}
