import { known } from "../../base/assert.js";
import { familyOf } from "../../base/ip-address.js";
import { ok, refused, type Result } from "../../base/result.js";
import type {
  ConfiguredAddress,
  ConfiguredNeighbour,
  InterfaceConfiguration,
  VlanInterface,
} from "../../model/interface-configuration.js";
import { isMadeName } from "../../model/kernel.js";
import type { StepProblem } from "../../model/node-io.js";
import { linkLocalOf } from "../../wire/ip-bytes.js";
import { parseMac } from "../../wire/mac-address.js";
import {
  ADDRESS_PROTOCOL_KERNEL_LINK_LOCAL,
  ADMINISTRATOR_FLAGS,
  type InterfaceAddress,
} from "../../wire/rtnetlink-address.js";
import { decodeLink, dumpLinksRequest, type Link } from "../../wire/rtnetlink-link.js";
import {
  decodeNeighbour,
  dumpLinkNeighboursRequest,
  dumpProxiesRequest,
  type Neighbour,
} from "../../wire/rtnetlink-neighbour.js";
import type { DescribedRoute } from "../../wire/rtnetlink-route-description.js";
import { KIND_MACVLAN } from "../../wire/rtnetlink-macvlan.js";
import { decodeInterfaceRule, dumpRulesRequest, type InterfaceRule } from "../../wire/rtnetlink-rule.js";
import { readAddresses } from "./addresses.js";
import {
  configuredRoute,
  destinationOf,
  type FoundRoute,
  type FoundRoutes,
  inOrderOfNeed,
  LOOKED_THROUGH_MAX,
  isMovable,
  readRoutes,
  readSourcedRoutes,
  ROUTES_MAX,
  routesElsewhere,
  type SourcedRoutes,
  sourcedBy,
} from "./configured-routes.js";
import type { NetlinkSocket } from "./netlink-socket.js";

/** What is immovable beyond these is counted only. */
const IMMOVABLE_MAX = 50;

/** What belongs to no single interface. */
interface Surroundings {
  readonly links: readonly Link[];
  readonly proxies: readonly Neighbour[];
  readonly rules: readonly InterfaceRule[];
  /** All routes that go out from an address that somebody gave. */
  readonly sourced: SourcedRoutes;
}

/** What somebody configured on one interface. */
interface Found {
  readonly addresses: readonly InterfaceAddress[];
  readonly through: FoundRoutes;
  /** Over other interfaces, but going out from an address of this one. */
  readonly sourced: readonly FoundRoute[];
  readonly neighbours: readonly Neighbour[];
}

/**
 * What somebody configured on an interface and on its VLANs. Left out is what the kernel makes by itself: routes to the
 * subnets of addresses, the local table, IPv6 link-local addresses made from the MAC, neighbours that it learnt. Refused
 * with ENODEV when there is no such interface.
 */
export function captureInterface(netlink: NetlinkSocket, name: string): Result<InterfaceConfiguration, StepProblem> {
  const around = readSurroundings(netlink);
  if (!around.ok) return around;
  const link = around.value.links.find((each) => each.name === name);
  if (link === undefined) return refused({ code: "ENODEV", message: `there is no interface ${name}` });
  const onIt = around.value.links.filter(({ parent }) => parent === link.index);
  const movable = onIt.filter((each) => each.vlan !== undefined && uppersOf(each, around.value).length === 0);
  const others = around.value.links.filter((each) => each !== link && !movable.includes(each));
  const own = captureLink(netlink, link, others, around.value);
  if (!own.ok) return own;
  const vlans: VlanInterface[] = [];
  for (const child of movable) {
    const captured = captureVlan(netlink, child, { parent: link, others }, around.value);
    if (!captured.ok) return captured;
    vlans.push(captured.value);
  }
  const immovable = [
    ...membership(link, around.value),
    ...onIt
      .filter((each) => !movable.includes(each) && !isMadeLink(each))
      .map((each) => immovableLink(each, link, around.value)),
    ...own.value.immovable,
    ...vlans.flatMap(({ configuration }) => configuration.immovable),
    ...(around.value.sourced.hasMoreRoutes ? [tooManyRoutes(link)] : []),
  ];
  return ok({ ...own.value, vlans, immovable });
}

/** It goes with the services that it was made for, and what they make of a change of paths is their own matter. */
const isMadeLink = ({ kind, name }: Link): boolean => kind === KIND_MACVLAN && isMadeName(name);

const uppersOf = ({ index }: Link, { links }: Surroundings): readonly Link[] =>
  links.filter(({ parent }) => parent === index);

function readSurroundings(netlink: NetlinkSocket): Result<Surroundings, StepProblem> {
  const links = netlink.dump(dumpLinksRequest(), decodeLink);
  if (!links.ok) return links;
  const proxies = netlink.dump(dumpProxiesRequest(), decodeNeighbour);
  if (!proxies.ok) return proxies;
  const rules: InterfaceRule[] = [];
  for (const family of [4, 6] as const) {
    const found = netlink.dump(dumpRulesRequest(family), decodeInterfaceRule);
    // A kernel without policy routing has no rules, and says so by a refusal.
    if (found.ok) rules.push(...found.value);
  }
  const sourced = readSourcedRoutes(netlink);
  if (!sourced.ok) return sourced;
  return ok({ links: links.value, proxies: proxies.value, rules, sourced: sourced.value });
}

const tooManyRoutes = ({ name }: Link): string =>
  `what goes out from ${name} by one of more than ${LOOKED_THROUGH_MAX} routes`;

/** @param others all links but those that are captured with this one: VLANs, and what they lie on */
function captureLink(
  netlink: NetlinkSocket,
  link: Link,
  others: readonly Link[],
  around: Surroundings,
): Result<Omit<InterfaceConfiguration, "vlans">, StepProblem> {
  const found = readLinkConfiguration(netlink, link, around);
  if (!found.ok) return found;
  const { addresses, through, sourced, neighbours } = found.value;
  const movable = through.routes.filter((route) => isMovable(route, link));
  const elsewhere = routesElsewhere(sourced, others);
  const proxies = around.proxies.filter(({ linkIndex }) => linkIndex === link.index);
  return ok({
    interface: link.name,
    mac: link.mac ?? "",
    mtu: link.mtu,
    up: link.up,
    addresses: inOrderOfAdding(addresses.filter(({ isDuplicate }) => !isDuplicate)).map((address) =>
      configuredAddress(address, link),
    ),
    routes: inOrderOfNeed(movable).map(configuredRoute),
    neighbours: [...neighbours, ...proxies].map(configuredNeighbour),
    ...(elsewhere.length === 0 ? {} : { sourced: elsewhere }),
    immovable: countedBeyond(IMMOVABLE_MAX, [
      ...addresses.flatMap((address) => immovableOfAddress(address, link)),
      ...through.routes.filter((route) => !isMovable(route, link)).map(immovableRoute),
      ...sourced.filter((route) => !around.links.some((each) => isMovable(route, each))).map(immovableRoute),
      ...(through.hasMoreRoutes ? [`more than ${ROUTES_MAX} routes through ${link.name}`] : []),
      ...around.rules.flatMap((rule) => immovableRule(rule, link)),
    ]),
  });
}

function countedBeyond(most: number, items: readonly string[]): readonly string[] {
  return items.length > most ? [...items.slice(0, most), `${items.length - most} things more`] : items;
}

function readLinkConfiguration(netlink: NetlinkSocket, link: Link, around: Surroundings): Result<Found, StepProblem> {
  const all = readAddresses(netlink, link.index);
  if (!all.ok) return all;
  const addresses = all.value.filter((address) => !isMadeFromMac(address, link));
  const through = readRoutes(netlink, link, addresses);
  if (!through.ok) return through;
  const neighbours = netlink.dump(dumpLinkNeighboursRequest(link.index), (payload) => {
    const neighbour = decodeNeighbour(payload);
    return neighbour?.linkIndex === link.index && neighbour.isPermanent ? neighbour : undefined;
  });
  if (!neighbours.ok) return neighbours;
  const sourced = sourcedBy(around.sourced, link, addresses);
  return ok({ addresses, through: through.value, sourced, neighbours: neighbours.value });
}

/** A kernel before 5.18 does not tell whose an address is: then the one that it would make from the MAC is its own. */
function isMadeFromMac({ family, address, protocol }: InterfaceAddress, { mac }: Link): boolean {
  if (protocol === ADDRESS_PROTOCOL_KERNEL_LINK_LOCAL) return true;
  const bytes = parseMac(mac ?? "");
  return family === 6 && protocol === undefined && bytes !== undefined && address === linkLocalOf(bytes);
}

/** IPv4: the first of a subnet is its primary. IPv6: the kernel puts the newest first, and prefers it. */
const inOrderOfAdding = (addresses: readonly InterfaceAddress[]): readonly InterfaceAddress[] => [
  ...addresses.filter(({ family }) => family === 4),
  ...addresses.filter(({ family }) => family === 6).toReversed(),
];

function configuredAddress(found: InterfaceAddress, link: Link): ConfiguredAddress {
  const { family, address, prefixLength, peer, broadcast, scope, flags } = found;
  const { validSeconds, preferredSeconds, metric, protocol } = found;
  const labelSuffix = labelBehind(found, link);
  return {
    family,
    address,
    prefixLength,
    ...(peer === undefined ? {} : { peer }),
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(labelSuffix === undefined ? {} : { labelSuffix }),
    scope,
    flags: flags & ADMINISTRATOR_FLAGS,
    ...(validSeconds === undefined ? {} : { validSeconds }),
    ...(preferredSeconds === undefined ? {} : { preferredSeconds }),
    ...(metric === undefined ? {} : { metric }),
    ...(protocol === undefined ? {} : { protocol }),
  };
}

/** Undefined when the label is only the interface's name, or does not begin with it. */
function labelBehind({ label }: InterfaceAddress, { name }: Link): string | undefined {
  return label === undefined || label === name || !label.startsWith(name) ? undefined : label.slice(name.length);
}

const configuredNeighbour = ({ address, mac, isProxy, isRouter }: Neighbour): ConfiguredNeighbour => ({
  family: familyOf(address),
  address,
  mac: isProxy ? "" : (mac ?? ""),
  isProxy,
  ...(isRouter ? { isRouter } : {}),
});

function captureVlan(
  netlink: NetlinkSocket,
  link: Link,
  { parent, others }: { readonly parent: Link; readonly others: readonly Link[] },
  around: Surroundings,
): Result<VlanInterface, StepProblem> {
  const captured = captureLink(netlink, link, others, around);
  if (!captured.ok) return captured;
  const { id, protocol, flags, egressPriorities, ingressPriorities } = known(link.vlan, "only VLANs are captured so");
  const priorityMaps = {
    ...(egressPriorities === undefined ? {} : { egress: base64(egressPriorities) }),
    ...(ingressPriorities === undefined ? {} : { ingress: base64(ingressPriorities) }),
  };
  const master = masterOf(link, around)?.name;
  return ok({
    name: link.name,
    id,
    protocol,
    flags,
    ...(master === undefined ? {} : { master }),
    ...(Object.keys(priorityMaps).length === 0 ? {} : { priorityMaps }),
    configuration: link.mac === parent.mac ? { ...captured.value, mac: "" } : captured.value,
  });
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

const masterOf = ({ master }: Link, { links }: Surroundings): Link | undefined =>
  links.find(({ index }) => index === master);

const membership = (link: Link, around: Surroundings): readonly string[] =>
  link.master === undefined ? [] : [`the place of ${link.name} in ${masterOf(link, around)?.name ?? "its master"}`];

/** A VLAN interface that others lie on would take them with it. */
function immovableLink(link: Link, below: Link, around: Surroundings): string {
  const [upper] = uppersOf(link, around);
  const what = `a ${link.kind ?? "virtual"} interface ${link.name} on ${below.name}`;
  return link.vlan === undefined || upper === undefined ? what : `${what}, which ${upper.name} lies on`;
}

function immovableOfAddress(found: InterfaceAddress, link: Link): readonly string[] {
  const { address, label, isDuplicate } = found;
  if (isDuplicate) return [`the address ${address}, which another station of the link has`];
  const isOdd = label !== undefined && !label.startsWith(link.name);
  return isOdd ? [`the label ${label} of ${address}, which does not begin with ${link.name}`] : [];
}

const immovableRoute = (route: DescribedRoute): string =>
  `the route to ${destinationOf(route)} ${route.usesNextHopObject ? "by a next hop object" : "over several interfaces"}`;

function immovableRule({ priority, input, output }: InterfaceRule, { name }: Link): readonly string[] {
  if (input !== name && output !== name) return [];
  return [`a policy rule (priority ${priority}) for what ${input === name ? "comes in" : "goes out"} by ${name}`];
}
