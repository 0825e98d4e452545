import { known } from "../../base/assert.js";
import type {
  ConfiguredAddress,
  ConfiguredNeighbour,
  ConfiguredRoute,
  InterfaceConfiguration,
} from "../../model/interface-configuration.js";
import { parseMac } from "../../wire/mac-address.js";
import { putAddressRequest } from "../../wire/rtnetlink-address.js";
import { setLinkRequest } from "../../wire/rtnetlink-link.js";
import { addProxyRequest, deleteNeighbourRequest, replaceNeighbourRequest } from "../../wire/rtnetlink-neighbour.js";
import {
  addRouteRequest,
  decodeDescribedRoute,
  deleteRouteRequest,
  type DescribedRoute,
} from "../../wire/rtnetlink-route-description.js";
import { addressBytes, labelOf } from "./addresses.js";
import type { Part } from "./netlink-batch.js";

/*
 * What is configured on an interface, as requests to the kernel. The values come from a capture, or from a file that was
 * checked when it was read.
 */

/** An interface at this moment. */
export interface Place {
  readonly interface: string;
  readonly linkIndex: number;
}

/** Everything of an interface but its MAC, MTU and VLANs, in an order in which each part finds what it needs. */
export const configurationParts = (
  place: Place,
  { up, addresses, routes, neighbours }: Omit<InterfaceConfiguration, "vlans">,
): readonly Part[] => [
  { what: `${place.interface} ${up ? "up" : "down"}`, request: setLinkRequest(place.linkIndex, { up }) },
  ...addressParts(place, addresses),
  // A link that is down takes no routes.
  ...(up ? [...routeParts(place, routes), ...neighbourParts(place, neighbours)] : []),
];

export const addressParts = (place: Place, addresses: readonly ConfiguredAddress[]): readonly Part[] =>
  addresses.map((address) => ({ what: addressText(address), request: putRequest(place, address) }));

export const addressText = ({ address, prefixLength }: ConfiguredAddress): string => `${address}/${prefixLength}`;

function putRequest(place: Place, configured: ConfiguredAddress): Uint8Array {
  const { address, prefixLength, peer, broadcast, scope, flags } = configured;
  const { validSeconds, preferredSeconds, metric, protocol, labelSuffix } = configured;
  return putAddressRequest({
    linkIndex: place.linkIndex,
    address: addressBytes(address),
    prefixLength,
    scope,
    flags,
    ...(peer === undefined ? {} : { peer: addressBytes(peer) }),
    ...(broadcast === undefined ? {} : { broadcast: addressBytes(broadcast) }),
    ...labelOf(place, labelSuffix),
    ...(validSeconds === undefined ? {} : { validSeconds }),
    ...(preferredSeconds === undefined ? {} : { preferredSeconds }),
    ...(metric === undefined ? {} : { metric }),
    ...(protocol === undefined ? {} : { protocol }),
  });
}

export const routeParts = (place: Place, routes: readonly ConfiguredRoute[]): readonly Part[] =>
  routes.map((route) => ({
    what: routeText(route),
    request: addRouteRequest(described(route), place.linkIndex, route.leads),
  }));

export const routeRemovals = (place: Place, routes: readonly ConfiguredRoute[]): readonly Part[] =>
  routes.map((route) => ({ what: routeText(route), request: deleteRouteRequest(described(route), place.linkIndex) }));

const routeText = ({ destination, gateway }: ConfiguredRoute): string =>
  `the route to ${destination}${gateway === undefined ? "" : ` via ${gateway}`}`;

/** The kernel's own words back as a route; undefined when they are none. */
export const readDescription = (description: string): DescribedRoute | undefined =>
  decodeDescribedRoute(Uint8Array.from(Buffer.from(description, "base64")));

const described = ({ description }: ConfiguredRoute): DescribedRoute =>
  known(readDescription(description), "a configured route is described as the kernel does");

export const neighbourParts = (place: Place, neighbours: readonly ConfiguredNeighbour[]): readonly Part[] =>
  neighbours.map((neighbour) => ({
    what: neighbourText(neighbour),
    request: addNeighbourRequest(place.linkIndex, neighbour),
  }));

function addNeighbourRequest(linkIndex: number, configured: ConfiguredNeighbour): Uint8Array {
  const { address, mac, isProxy, isRouter = false } = configured;
  if (isProxy) return addProxyRequest(linkIndex, addressBytes(address));
  const bytes = parseMac(mac) ?? new Uint8Array();
  return replaceNeighbourRequest({
    linkIndex,
    address: addressBytes(address),
    mac: bytes,
    isPermanent: true,
    isRouter,
  });
}

export const neighbourRemovals = (place: Place, neighbours: readonly ConfiguredNeighbour[]): readonly Part[] =>
  neighbours.map((neighbour) => ({
    what: neighbourText(neighbour),
    request: deleteNeighbourRequest(place.linkIndex, addressBytes(neighbour.address), neighbour.isProxy),
  }));

const neighbourText = ({ address, isProxy }: ConfiguredNeighbour): string =>
  `the ${isProxy ? "proxy" : "neighbour"} ${address}`;
