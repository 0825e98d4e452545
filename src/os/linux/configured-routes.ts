/*
 * The routes that somebody configured, as far as they have to do with an interface: through it, or over another one in the
 * name of one of its addresses. The kernel takes away both with the addresses, and says nothing of the latter: IPv4 routes of
 * the main table, or that of a VRF; IPv6 routes of any lose their source.
 */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import { ok, type Result } from "../../base/result.js";
import type { ConfiguredRoute, RoutesElsewhere } from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import { hasNoPrefixRoute, type InterfaceAddress } from "../../wire/rtnetlink-address.js";
import type { Link } from "../../wire/rtnetlink-link.js";
import {
  decodeDescribedRoute,
  type DescribedRoute,
  dumpAllRoutesRequest,
  dumpLinkRoutesRequest,
  isAlternative,
  isKernelMade,
  ROUTE_PROTOCOL,
  ROUTE_TABLE,
  ROUTE_TYPE_LOCAL,
  sourceOf,
} from "../../wire/rtnetlink-route-description.js";
import type { NetlinkSocket } from "./netlink-socket.js";

/** Of a family. Routes beyond these come from a routing program, which makes them anew by itself. */
export const ROUTES_MAX = 4_096;
/** Of a family, beside the kernel's own: to look at so many takes 10 ms. */
export const LOOKED_THROUGH_MAX = 16_384;

/** A route as it is, and where among others that are as good, as far as that is known. */
export type FoundRoute = DescribedRoute & Pick<ConfiguredRoute, "leads">;

export interface FoundRoutes {
  readonly routes: readonly DescribedRoute[];
  readonly hasMoreRoutes: boolean;
}

/** The routes through a link. */
export function readRoutes(
  netlink: NetlinkSocket,
  link: Link,
  addresses: readonly InterfaceAddress[],
): Result<FoundRoutes, StepProblem> {
  const wanted = (route: DescribedRoute): boolean =>
    route.interfaces.includes(link.index) && isConfigured(route, addresses);
  return readFamilies(ROUTES_MAX, (family) =>
    netlink.dump(
      dumpLinkRoutesRequest(family, link.index),
      (payload) => {
        const route = decodeDescribedRoute(payload);
        return route !== undefined && wanted(route) ? kept(route) : undefined;
      },
      ROUTES_MAX + 1,
    ),
  );
}

/** Undecoded: most of them have nothing to do with the interface in question. */
interface SourcedRoute {
  readonly source: string;
  readonly payload: Uint8Array;
  /** The one before it in the kernel's list leads somewhere else, or not as well. */
  readonly leads: boolean;
}

/** Routes that go out from a given address. */
export interface SourcedRoutes {
  readonly routes: readonly SourcedRoute[];
  readonly hasMoreRoutes: boolean;
}

/** The kernel has no list of these: all routes are looked through, as far as there are not too many. */
export function readSourcedRoutes(netlink: NetlinkSocket): Result<SourcedRoutes, StepProblem> {
  const all = readFamilies(LOOKED_THROUGH_MAX, (family) =>
    netlink.dump(dumpAllRoutesRequest(family), sourcedRoutes(), LOOKED_THROUGH_MAX + 1),
  );
  if (!all.ok) return all;
  return ok({ ...all.value, routes: all.value.routes.flatMap((each) => (each === "other" ? [] : [each])) });
}

/** To be asked with one route after the other, in the order of the kernel's list. */
function sourcedRoutes(): (payload: Uint8Array) => SourcedRoute | "other" | undefined {
  let previous: Uint8Array = new Uint8Array();
  return (payload) => {
    const [before, route] = [previous, payload.slice()];
    previous = route;
    if (isKernelMade(route)) return undefined;
    const source = sourceOf(route);
    return source === undefined ? "other" : { source, payload: route, leads: !isAlternative(before, route) };
  };
}

/** Those over other links that the kernel takes with one of the addresses. */
export function sourcedBy(
  { routes }: SourcedRoutes,
  link: Link,
  addresses: readonly InterfaceAddress[],
): readonly FoundRoute[] {
  const sources = new Set(addresses.map(({ address }) => address));
  return routes
    .filter(({ source }) => sources.has(source))
    .flatMap(({ payload, leads }): readonly FoundRoute[] => {
      const route = decodeDescribedRoute(payload);
      return route === undefined ? [] : [leads && route.family === 4 ? { ...route, leads } : route];
    })
    .filter(
      (route) => isConfigured(route, []) && !route.interfaces.includes(link.index) && goesWithSource(route, link),
    );
}

/** What an interface belongs to may be a VRF, whose table is the one that counts. */
const goesWithSource = ({ family, table }: DescribedRoute, { master }: Link): boolean =>
  family === 6 || table === ROUTE_TABLE.main || master !== undefined;

/** A kernel without IPv6 has no such routes. */
function readFamilies<Item>(
  most: number,
  read: (family: 4 | 6) => Result<readonly Item[], StepProblem>,
): Result<{ readonly routes: readonly Item[]; readonly hasMoreRoutes: boolean }, StepProblem> {
  const routes: Item[] = [];
  let hasMoreRoutes = false;
  for (const family of [4, 6] as const) {
    const found = read(family);
    if (!found.ok && family === 4) return found;
    const list = found.ok ? found.value : [];
    routes.push(...list.slice(0, most));
    hasMoreRoutes ||= list.length > most;
  }
  return ok({ routes, hasMoreRoutes });
}

/** Its description is a view of the buffer that the next answer is read into. */
const kept = (route: DescribedRoute): DescribedRoute => ({ ...route, description: route.description.slice() });

/** A gateway must be reachable before a route can lead through it. */
export const inOrderOfNeed = (routes: readonly FoundRoute[]): readonly FoundRoute[] => [
  ...routes.filter(({ hasGateway }) => !hasGateway),
  ...routes.filter(({ hasGateway }) => hasGateway),
];

/** By the link that they lead over. */
export function routesElsewhere(routes: readonly FoundRoute[], links: readonly Link[]): readonly RoutesElsewhere[] {
  return links.flatMap((link) => {
    const over = routes.filter((route) => isMovable(route, link));
    return over.length === 0 ? [] : [{ interface: link.name, routes: inOrderOfNeed(over).map(configuredRoute) }];
  });
}

const MADE_ANEW: ReadonlySet<number> = new Set([ROUTE_PROTOCOL.redirect, ROUTE_PROTOCOL.ours]);
/** Of older kernels, which did not say that they make the routes to their own addresses. */
const KERNEL_MADE_LOCAL: ReadonlySet<number> = new Set([ROUTE_PROTOCOL.unspecified, ROUTE_PROTOCOL.kernel]);

/** Whether neither the kernel nor the agent would make the route by itself. */
function isConfigured(route: DescribedRoute, addresses: readonly InterfaceAddress[]): boolean {
  if (MADE_ANEW.has(route.protocol)) return false;
  // What else is there is the kernel's: before Linux 5.11 it gave its multicast routes out as an administrator's.
  if (route.table === ROUTE_TABLE.local) {
    return route.type === ROUTE_TYPE_LOCAL && !KERNEL_MADE_LOCAL.has(route.protocol);
  }
  // NetworkManager makes routes to subnets itself, in the kernel's name, and says of the address that it does.
  return (
    route.protocol !== ROUTE_PROTOCOL.kernel ||
    addresses.some((address) => hasNoPrefixRoute(address.flags) && isSubnetOf(route, address))
  );
}

function isSubnetOf({ destination, prefixLength }: DescribedRoute, address: InterfaceAddress): boolean {
  const subnet = parseIpAddress(destination ?? "");
  const host = parseIpAddress(address.address);
  if (subnet === undefined || host === undefined || prefixLength !== address.prefixLength) return false;
  return sameSubnet(subnet.bytes, host.bytes, prefixLength);
}

/** It leads over this link alone. */
export const isMovable = ({ interfaces, usesNextHopObject }: DescribedRoute, { index }: Link): boolean =>
  !usesNextHopObject && interfaces.length > 0 && interfaces.every((each) => each === index);

export const configuredRoute = (route: FoundRoute): ConfiguredRoute => ({
  family: route.family,
  destination: destinationOf(route),
  ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
  table: route.table,
  ...(route.metric === undefined ? {} : { metric: route.metric }),
  ...(route.source === undefined ? {} : { source: route.source }),
  ...(route.leads === undefined ? {} : { leads: route.leads }),
  description: Buffer.from(route.description).toString("base64"),
});

export const destinationOf = ({ destination, prefixLength }: DescribedRoute): string =>
  destination === undefined ? "default" : `${destination}/${prefixLength}`;
