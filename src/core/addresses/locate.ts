/**
 * Finds the interface that a service address belongs on, on this machine: the named one, the first of several that works,
 * or the one that has another address in the same subnet. Of a path group that is the active one. Says why there is none.
 */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import { type Result, ok, refused } from "../../base/result.js";
import type { ServiceAddress } from "../../model/cluster.js";
import type { KernelLink } from "../../model/kernel.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import type { KernelTable } from "./kernel-table.js";

/** Which interface carries the traffic of a path group. */
export interface PathPlaces {
  group(name: string): { readonly activeInterface: string } | undefined;
  groupOf(interfaceName: string): { readonly activeInterface: string } | undefined;
}

/** What an address is located by. */
export interface Terrain {
  readonly kernel: KernelTable;
  readonly paths: PathPlaces;
  /** Tells the addresses that move: they are no sign that a subnet belongs on an interface. */
  readonly isServiceAddress: (address: string) => boolean;
  /** What is known to be wrong with an interface, or with what it leads to. */
  readonly against: (link: KernelLink) => readonly UnfitReason[];
}

export function locate(address: ServiceAddress, terrain: Terrain): Result<KernelLink, UnfitReason> {
  if (address.interfaces !== undefined) return firstThatWorks(address.address, address.interfaces, terrain);
  if (address.interface !== undefined) return linkCalled(address.interface, terrain);
  const { kernel, isServiceAddress } = terrain;
  const wanted = parseIpAddress(address.address);
  const found = kernel
    .subnets()
    .find(
      (subnet) =>
        wanted !== undefined &&
        !isServiceAddress(subnet.address) &&
        sameSubnet(subnet.bytes, wanted.bytes, subnet.prefixLength),
    );
  return found === undefined
    ? refused({ code: "no-subnet", detail: address.address })
    : linkCalled(found.link.name, terrain);
}

/** @param name of an interface or a path group */
function linkCalled(name: string, { kernel, paths }: Terrain): Result<KernelLink, UnfitReason> {
  const active = (paths.group(name) ?? paths.groupOf(name))?.activeInterface ?? name;
  const link = kernel.linkNamed(active);
  return link === undefined ? refused({ code: "interface-missing", detail: active }) : ok(link);
}

/** An address stays where it is for as long as that works; when none works, one with a link is named for it. */
function firstThatWorks(address: string, names: readonly string[], terrain: Terrain): Result<KernelLink, UnfitReason> {
  const places = names.map((name) => linkCalled(name, terrain));
  const links = places.flatMap((place) => (place.ok ? [place.value] : []));
  const sound = links.filter((link) => objectionsTo(address, link, terrain).length === 0);
  const [working = links] = [sound, links.filter(hasLink)].filter(({ length }) => length > 0);
  const best = working.find(({ name }) => terrain.kernel.carries(name, address)) ?? working[0];
  return best === undefined ? (places[0] ?? refused({ code: "no-subnet", detail: address })) : ok(best);
}

/**
 * What speaks against serving an address on one of its own interfaces. Requests come in there, but the kernel answers by
 * the interface that has the subnet: one that is cut off while it has its link takes the answers with it, wherever the
 * address is. One without a link is passed over by the kernel, as its settings are to be for such addresses.
 */
export function objectionsTo(address: string, link: KernelLink, terrain: Terrain): readonly UnfitReason[] {
  const answering = terrain.kernel
    .linkSubnetsOf(address)
    .filter(({ addresses }) => addresses.some((each) => !terrain.isServiceAddress(each)))
    .map((subnet) => subnet.link)
    .find(hasLink);
  const isOther = answering !== undefined && answering.index !== link.index;
  return [...terrain.against(link), ...(isOther ? terrain.against(answering) : [])];
}

const hasLink = ({ up, carrier }: KernelLink): boolean => up && carrier;
