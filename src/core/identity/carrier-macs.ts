/**
 * The MACs by which clients know a service's addresses while this node holds it: those of the interfaces that carry them,
 * or would. The peers keep them, for the time when this node is gone (TK-8).
 */
import type { ServiceAddress, ServiceConfig } from "../../model/cluster.js";
import { isStationMac } from "../../model/kernel.js";
import type { CarrierMac } from "../../model/node-state.js";
import type { Locator } from "../addresses/address-holding.js";
import type { KernelTable } from "../addresses/kernel-table.js";
import type { PathGroups } from "../paths/path-groups.js";

export interface Carriers {
  readonly kernel: KernelTable;
  readonly paths: PathGroups;
  readonly locator: Locator;
}

/** An address may go to several interfaces of the node, and clients know the one that it was on: all are named. */
export const carrierMacs = (service: ServiceConfig, carriers: Carriers): readonly CarrierMac[] =>
  service.addresses.flatMap((address) =>
    interfacesFor(address, carriers).flatMap((name): readonly CarrierMac[] => {
      const link = carriers.kernel.linkNamed(name);
      if (link === undefined || !isStationMac(link.mac)) return [];
      return [{ address: address.address, mac: link.mac, link: link.up && link.carrier }];
    }),
  );

function interfacesFor(address: ServiceAddress, { paths, locator }: Carriers): readonly string[] {
  const located = locator(address);
  const names = address.interfaces ?? [address.interface ?? (located.ok ? located.value.interface : "")];
  return names.flatMap((name) => (paths.group(name) ?? paths.groupOf(name))?.interfaces ?? [name]);
}
