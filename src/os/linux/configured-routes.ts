/*
 * The routes that somebody configured, as far as they have to do with an interface: through it, or over another one in the
 * name of one of its addresses. The kernel takes away both with the addresses, and says nothing of the latter.
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
  hasGivenSource,
  ROUTE_PROTOCOL,
  ROUTE_TABLE_LOCAL,
} from "../../wire/rtnetlink-route-description.js";
import type { NetlinkSocket } from "./netlink-socket.js";

/** Of a family. Routes beyond these come from a routing program, which makes them anew by itself. */
export const ROUTES_MAX = 4_096;

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
  return readFamilies((family) =>
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

/**
 * The routes over other links that go out from one of the addresses. The kernel has no list of these: all routes are looked
 * through, as far as there are not too many.
 */
export function readSourcedRoutes(
  netlink: NetlinkSocket,
  link: Link,
  addresses: readonly InterfaceAddress[],
): Result<FoundRoutes, StepProblem> {
  if (addresses.length === 0) return ok({ routes: [], hasMoreRoutes: false });
  const sources = new Set(addresses.map(({ address }) => address));
  const isSourced = ({ source, interfaces }: DescribedRoute): boolean =>
    source !== undefined && sources.has(source) && !interfaces.includes(link.index);
  const all = readFamilies((family) =>
    netlink.dump(
      dumpAllRoutesRequest(family),
      (payload) => {
        const route = hasGivenSource(payload) ? decodeDescribedRoute(payload) : undefined;
        return route === undefined || !isSourced(route) || !isConfigured(route, []) ? "other" : kept(route);
      },
      ROUTES_MAX + 1,
    ),
  );
  if (!all.ok) return all;
  return ok({ ...all.value, routes: all.value.routes.flatMap((each) => (each === "other" ? [] : [each])) });
}

/** A kernel without IPv6 has no such routes. */
function readFamilies<Item>(
  read: (family: 4 | 6) => Result<readonly Item[], StepProblem>,
): Result<{ readonly routes: readonly Item[]; readonly hasMoreRoutes: boolean }, StepProblem> {
  const routes: Item[] = [];
  let hasMoreRoutes = false;
  for (const family of [4, 6] as const) {
    const found = read(family);
    if (!found.ok && family === 4) return found;
    const list = found.ok ? found.value : [];
    routes.push(...list.slice(0, ROUTES_MAX));
    hasMoreRoutes ||= list.length > ROUTES_MAX;
  }
  return ok({ routes, hasMoreRoutes });
}

/** Its description is a view of the buffer that the next answer is read into. */
const kept = (route: DescribedRoute): DescribedRoute => ({ ...route, description: route.description.slice() });

/** A gateway must be reachable before a route can lead through it. */
export const inOrderOfNeed = (routes: readonly DescribedRoute[]): readonly DescribedRoute[] => [
  ...routes.filter(({ hasGateway }) => !hasGateway),
  ...routes.filter(({ hasGateway }) => hasGateway),
];

/** By the link that they lead over. */
export function routesElsewhere(routes: readonly DescribedRoute[], links: readonly Link[]): readonly RoutesElsewhere[] {
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
  if (route.table === ROUTE_TABLE_LOCAL) return !KERNEL_MADE_LOCAL.has(route.protocol);
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

export const configuredRoute = (route: DescribedRoute): ConfiguredRoute => ({
  family: route.family,
  destination: destinationOf(route),
  ...(route.gateway === undefined ? {} : { gateway: route.gateway }),
  table: route.table,
  ...(route.metric === undefined ? {} : { metric: route.metric }),
  ...(route.source === undefined ? {} : { source: route.source }),
  description: Buffer.from(route.description).toString("base64"),
});

export const destinationOf = ({ destination, prefixLength }: DescribedRoute): string =>
  destination === undefined ? "default" : `${destination}/${prefixLength}`;
