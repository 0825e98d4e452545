/**
 * Which address works now: for each node one of its own, for each service its address or one of its holder's.
 *
 * A network leads to a node while both have a link to it and packets arrive both ways; of several, the first one in the
 * file. A service address is reached as it is where it is on this node, where a route of ours leads to it, or where a link
 * of this node has its subnet, works, and leads to the holder as far as anybody can tell. Elsewhere a private address of the
 * holder stands in for it, which programs that listen on all addresses answer.
 */
import { familyOf } from "../base/ip-address.js";
import type { ServiceConfig } from "../model/cluster.js";
import type { KernelLink } from "../model/kernel.js";
import type { NetworkName, NodeName } from "../model/names.js";
import type { ReachableAddress } from "../model/status.js";
import type { Knowledge } from "./knowledge.js";

/** A network that leads to a node, and the node's address there. */
export interface Way {
  readonly network: NetworkName;
  readonly address: string;
}

export interface Surroundings {
  readonly knowledge: Knowledge;
  /** Whether a route of ours leads to an address. */
  readonly isRouted: (address: string) => boolean;
}

/** How a node is reached now, the preferred way first; this node itself by the networks that it has a link to. */
export function waysTo(name: NodeName, knowledge: Knowledge): readonly Way[] {
  const { cluster } = knowledge;
  const own = cluster.nodes.find((node) => node.name === name)?.networks ?? [];
  return cluster.networks.flatMap(({ name: network }): readonly Way[] => {
    const address = own.find((each) => each.network === network)?.address;
    return address === undefined || !leadsTo(name, network, knowledge) ? [] : [{ network, address }];
  });
}

/** A carrier that is lost is known before packets are missed. */
function leadsTo(name: NodeName, network: NetworkName, knowledge: Knowledge): boolean {
  const { self, membership } = knowledge;
  if (name === self) return knowledge.carrier(self, network) === true;
  const isPlugged = [self, name].every((node) => knowledge.carrier(node, network) !== false);
  return isPlugged && membership.map.linked(self, name, network);
}

/** How this node reaches each address of a service. */
export const reachOf = (
  service: ServiceConfig,
  holder: NodeName | undefined,
  surroundings: Surroundings,
): readonly ReachableAddress[] =>
  service.addresses.map(({ address }) => ({
    address,
    use: holder === undefined ? undefined : addressToUse(address, holder, surroundings),
  }));

function addressToUse(address: string, holder: NodeName, { knowledge, isRouted }: Surroundings): string | undefined {
  if (holder === knowledge.self || isRouted(address) || isOnLinkTo(holder, address, knowledge)) return address;
  const ways = waysTo(holder, knowledge);
  return (ways.find((way) => familyOf(way.address) === familyOf(address)) ?? ways[0])?.address;
}

/** Whether a link of this node has the address's subnet, and nothing is known to be in between. */
function isOnLinkTo(holder: NodeName, address: string, knowledge: Knowledge): boolean {
  return knowledge.kernel
    .linkSubnetsOf(address)
    .some(
      ({ link, addresses }) =>
        addresses.some((each) => !knowledge.isServiceAddress(each)) && works(link, holder, knowledge),
    );
}

/** A link that carries networks of the cluster shows by them whether it leads to the holder. */
function works(link: KernelLink, holder: NodeName, knowledge: Knowledge): boolean {
  const { self, roster } = knowledge;
  if (!link.up || !link.carrier) return false;
  const shared = roster.networks.filter(
    (network) => roster.isOn(holder, network) && knowledge.interfaceOn(self, network) === link.name,
  );
  return shared.length === 0 || shared.some((network) => leadsTo(holder, network, knowledge));
}
