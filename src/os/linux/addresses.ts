import { known } from "../../base/assert.js";
import { parseIpAddress } from "../../base/ip-address.js";
import { ok, refused, type Result } from "../../base/result.js";
import type { KernelAddress, KernelLink, KernelSnapshot, PlacedAddress } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import {
  addAddressRequest,
  type AddressFields,
  decodeInterfaceAddress,
  dumpAddressesRequest,
  type InterfaceAddress,
  ipv4Number,
  removeAddressRequest,
  secondaryIpv4Of,
} from "../../wire/rtnetlink-address.js";
import {
  decodeLink,
  dumpLinksRequest,
  getLinkRequest,
  type Link,
  setPromotionRequest,
} from "../../wire/rtnetlink-link.js";
import { linkSpeed } from "./link-speed.js";
import type { Answer, NetlinkSocket } from "./netlink-socket.js";

/** An address to place, on an interface that was just looked up. */
export interface AddressPlace extends PlacedAddress {
  readonly linkIndex: number;
  /** The other end of a point-to-point link. */
  readonly peer?: string;
}

/** Without a label: a removal that names one means no other. */
const fieldsOf = ({ linkIndex, address, prefixLength, peer }: AddressPlace): AddressFields => ({
  linkIndex,
  address: addressBytes(address),
  prefixLength,
  ...(peer === undefined ? {} : { peer: addressBytes(peer) }),
});

/** The bytes of an address that was checked when it came in. */
export const addressBytes = (address: string): Uint8Array =>
  known(parseIpAddress(address), "placed addresses are canonical").bytes;

/** Adds an address. Refused with EEXIST when the interface has it already. */
export const addAddress = (netlink: NetlinkSocket, place: AddressPlace): Answer =>
  netlink.request(addAddressRequest({ ...fieldsOf(place), ...labelOf(place, place.labelSuffix) }));

/** IFNAMSIZ (linux/if.h) without the zero at the end. */
const LABEL_LENGTH_MAX = 15;

/** The label of an address on an interface, if it is to have one; an address without its label is better than none. */
export function labelOf(
  place: { readonly interface: string },
  suffix: string | undefined,
): { readonly label?: string } {
  const label = `${place.interface}${suffix ?? ""}`;
  return suffix === undefined || label.length > LABEL_LENGTH_MAX ? {} : { label };
}

/**
 * Removes addresses, and nothing else. Refused with EADDRNOTAVAIL when the interface does not have one.
 *
 * The kernel drops all secondary IPv4 addresses of a subnet with their primary, unless the interface promotes one of
 * them. Ours is a primary when it came first to its subnet, or was promoted itself; others' addresses that followed it
 * then hang on it. So when ours is a primary, promotion is switched on for the moment of its removal, and put back to
 * what the administrator had, in one system call with the removal itself.
 */
export function removeAddresses(netlink: NetlinkSocket, places: readonly AddressPlace[]): readonly Answer[] {
  const links = [...new Set(places.map(({ linkIndex }) => linkIndex))];
  const careful = new Map(links.map((index) => [index, primariesToGuard(netlink, index, places)]));
  const guarded = new Set([...careful.values()].flat());
  // What is secondary goes first, lest it be promoted in between.
  const orders: Order[] = places.filter((place) => !guarded.has(place)).map(removalOf);
  for (const [index, primaries] of careful) {
    if (primaries.length === 0) continue;
    const promote = (on: boolean): Order => ({ request: setPromotionRequest(index, on) });
    orders.push(promote(true), ...primaries.map(removalOf), promote(false));
  }
  const answers = netlink.requestAll(orders.map(({ request }) => request));
  const byPlace = new Map(orders.map(({ place }, at) => [place, answers[at]]));
  return places.map((place) => known(byPlace.get(place), "every removal has an answer"));
}

interface Order {
  readonly request: Uint8Array;
  readonly place?: AddressPlace;
}

const removalOf = (place: AddressPlace): Order => ({ request: removeAddressRequest(fieldsOf(place)), place });

/** Which of the addresses to be removed from a link may have others' addresses hanging on them. */
function primariesToGuard(
  netlink: NetlinkSocket,
  linkIndex: number,
  places: readonly AddressPlace[],
): readonly AddressPlace[] {
  const inSubnets = places.filter(
    (place) => place.linkIndex === linkIndex && place.family === 4 && place.prefixLength < 32,
  );
  if (inSubnets.length === 0) return [];
  const link = readLink(netlink, linkIndex);
  // A link that is gone has lost its addresses; the removal itself says so.
  if (!link.ok || link.value.promotesSecondaries === true) return [];
  const secondaries = netlink.dump(dumpAddressesRequest(linkIndex, 4), (payload) =>
    secondaryIpv4Of(payload, linkIndex),
  );
  const numbers = new Set(secondaries.ok ? secondaries.value : []);
  return inSubnets.filter((place) => !numbers.has(ipv4Number(fieldsOf(place).address)));
}

/** What the kernel says of one link. */
export function readLink(netlink: NetlinkSocket, index: number): Result<Link, StepProblem> {
  const found = netlink.query(getLinkRequest(index));
  if (!found.ok) return found;
  const link = decodeLink(found.value.payload);
  return link === undefined ? refused({ code: "EBADMSG", message: "the kernel's answer is no link" }) : ok(link);
}

/** All addresses of one interface. */
export function readAddresses(
  netlink: NetlinkSocket,
  linkIndex: number,
): Result<readonly InterfaceAddress[], StepProblem> {
  return netlink.dump(dumpAddressesRequest(linkIndex, 0), (payload) => {
    const address = decodeInterfaceAddress(payload);
    return linkIndex === 0 || address?.linkIndex === linkIndex ? address : undefined;
  });
}

/** All links and addresses, as the core wants to know them. */
export function readKernel(netlink: NetlinkSocket): Result<KernelSnapshot, StepProblem> {
  const links = netlink.dump(dumpLinksRequest(), decodeLink);
  if (!links.ok) return links;
  const addresses = readAddresses(netlink, 0);
  if (!addresses.ok) return addresses;
  const names = new Map(links.value.map(({ index, name }) => [index, name]));
  return ok({
    links: links.value.map((link) => kernelLink(link, linkSpeed(netlink.fd, link))),
    addresses: addresses.value.map((address) => kernelAddress(address, names.get(address.linkIndex))),
  });
}

/** @param speedMbps of the link at this moment, where it is known. */
export const kernelLink = (link: Link, speedMbps: number | undefined): KernelLink => ({
  index: link.index,
  name: link.name,
  mac: link.mac ?? "",
  up: link.up,
  carrier: link.carrier,
  mtu: link.mtu,
  ...(link.master === undefined ? {} : { master: link.master }),
  ...(link.kind === undefined ? {} : { kind: link.kind }),
  ...(link.parent === undefined ? {} : { parent: link.parent }),
  ...(link.vlan === undefined ? {} : { vlanId: link.vlan.id }),
  ...(speedMbps === undefined ? {} : { speedMbps }),
  ...(link.altNames.length === 0 ? {} : { altNames: link.altNames }),
});

/** @param interfaceName of the address's link, if it still exists: a label that only repeats it is none. */
export function kernelAddress(found: InterfaceAddress, interfaceName: string | undefined): KernelAddress {
  const { linkIndex, family, address, prefixLength, label, flags } = found;
  const isLabelled = label !== undefined && interfaceName !== undefined && label !== interfaceName;
  return { linkIndex, family, address, prefixLength, flags, ...(isLabelled ? { label } : {}) };
}
