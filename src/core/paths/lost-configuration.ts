/**
 * What an interface lost by going down, or by being gone, is taken from its snapshot (HN-12). The kernel takes routes, static
 * neighbours and IPv6 addresses from an interface that is switched off, and switches off the VLANs on it too; one that was
 * gone has lost everything.
 */
import type { InterfaceConfiguration, VlanInterface } from "../../model/interface-configuration.js";
import { addressName, joined, neighbourName, routeName, sourcedFrom, vlanName } from "./configured-items.js";

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
    vlans: isStripped ? joined(there, snapshot.vlans, vlanName) : there,
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
  const sourced = [...(captured.sourced ?? []), ...sourcedFrom(before.sourced ?? [], lost)];
  return {
    ...captured,
    ...(sourced.length === 0 ? {} : { sourced }),
    addresses: joined(captured.addresses, lost, addressName),
    routes: joined(captured.routes, before.routes, routeName),
    neighbours: joined(captured.neighbours, before.neighbours, neighbourName),
  };
}
