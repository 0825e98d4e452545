/**
 * What a machine's own scripts configure, which is none of our business: on interfaces that are in no path group it stays
 * as it is; what is on the active path of a group goes where the group goes, and nowhere else.
 */
import type { PlacedAddress } from "../model/kernel.js";
import type { SimHost } from "./host.js";
import type { SimKernel } from "./kernel.js";
import type { InterfacePlan } from "./plan.js";

/** RT_TABLE_MAIN (linux/rtnetlink.h) */
const MAIN_TABLE = 254;

/** One thing that is configured, as text that tells it from all others, and the interface that it is on. */
export interface ConfiguredItem {
  readonly interface: string;
  readonly item: string;
}

/** Everything that is configured on a machine's interfaces. */
export type ConfigurationImage = readonly ConfiguredItem[];

export function imageOf(kernel: SimKernel): ConfigurationImage {
  const vlans = kernel.links.flatMap(({ name, kind }) => (kind === "vlan" ? [name] : []));
  return [
    ...kernel.placed().map((each) => ({ interface: each.interface, item: addressItem(each) })),
    ...kernel.routes.map((each) => ({ interface: each.interface, item: `route ${each.destination}` })),
    ...kernel.neighbours.map((each) => ({ interface: each.interface, item: `neighbour ${each.address}` })),
    ...vlans.map((name) => ({ interface: name, item: "interface" })),
  ];
}

export const addressItem = ({ address }: Pick<PlacedAddress, "address">): string => `address ${address}`;

/** At boot. */
export function configureBooted(kernel: SimKernel, plan: InterfacePlan): void {
  if (plan.spare?.up === false) kernel.setUp(plan.name, false);
  configure(kernel, plan, plan.name);
}

/**
 * When an interface is up again. Of two paths, what is left tells which one carries the machine's own configuration; while
 * a change of paths is on record, or when an agent runs that may remember what is nowhere, it is left alone.
 */
export function configureAnew(host: SimHost, name: string): void {
  const pair = pairOf(host, name);
  const plan = pair[0];
  if (plan === undefined || pair.length === 1) {
    if (plan !== undefined) configure(host.kernel, plan, name);
    return;
  }
  const place = pair.find((each) => hasSomeOf(host.kernel, plan, each.name))?.name;
  if (host.plans.length > 0 || (place === undefined && host.agent !== undefined)) return;
  configure(host.kernel, plan, place ?? plan.name);
}

/** An operator's work, once all paths are whole: puts what got lost, or was left on the other path, on the active one. */
export function tidyPaths(host: SimHost): void {
  for (const segment of host.site.segments.keys()) {
    const [plan, spare] = host.interfacesOn(segment);
    if (plan === undefined || spare === undefined) continue;
    const role = activeRole(host, plan.name);
    const [active, idle] = role === "secondary" ? [spare.name, plan.name] : [plan.name, spare.name];
    for (const address of plan.addresses) {
      if (host.kernel.interfacesWith(address.address).includes(idle)) {
        host.order("stranger", "remove", { interface: idle, ...address });
      }
    }
    configure(host.kernel, plan, active);
  }
}

function activeRole(host: SimHost, interfaceName: string): string | undefined {
  const group = host.pathGroups.find(({ primary }) => primary.interface === interfaceName)?.name;
  return host.agent?.state?.paths?.find((each) => each.group === group)?.active;
}

/** The interfaces on the segment of one, the one that is configured at boot first. */
const pairOf = ({ plan }: SimHost, name: string): readonly InterfacePlan[] => {
  const segment = plan.interfaces.find((each) => each.name === name)?.segment;
  return plan.interfaces.filter((each) => each.segment === segment);
};

const hasSomeOf = (kernel: SimKernel, { addresses }: InterfacePlan, name: string): boolean =>
  addresses.some(({ address }) => kernel.interfacesWith(address).includes(name));

/** Puts what is missing on an interface. */
function configure(kernel: SimKernel, { addresses, more }: InterfacePlan, name: string): void {
  for (const address of addresses) {
    if (!kernel.interfacesWith(address.address).includes(name)) kernel.addAddress({ interface: name, ...address });
  }
  for (const route of more?.routes ?? []) kernel.addRoute({ interface: name, table: MAIN_TABLE, ...route });
  for (const neighbour of more?.neighbours ?? []) {
    const isThere = kernel.neighbours.some(({ address }) => address === neighbour.address);
    if (!isThere) kernel.addNeighbour({ interface: name, ...neighbour });
  }
  for (const { addresses: own, ...vlan } of more?.vlans ?? []) {
    if (!kernel.createVlan(name, { ...vlan, protocol: "802.1Q" }).ok) continue;
    kernel.setUp(vlan.name, kernel.link(name)?.up === true);
    for (const address of own) kernel.addAddress({ interface: vlan.name, ...address });
  }
}
