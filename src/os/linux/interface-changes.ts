import { unreachable } from "../../base/assert.js";
import type {
  ConfiguredAddress,
  InterfaceChange,
  InterfaceChangeKind,
  InterfaceConfiguration,
  VlanInterface,
} from "../../model/interface-configuration.js";
import type { StepProblem } from "../../model/node-io.js";
import { parseMac } from "../../wire/mac-address.js";
import { type LinkChange, setLinkRequest } from "../../wire/rtnetlink-link.js";
import { decodeNeighbour, deleteNeighbourRequest, dumpLinkNeighboursRequest } from "../../wire/rtnetlink-neighbour.js";
import { addressBytes, readLink, removeAddresses } from "./addresses.js";
import { announceAll, type Sockets } from "./announce.js";
import {
  addressParts,
  addressText,
  configurationParts,
  neighbourParts,
  neighbourRemovals,
  type Place,
  routeParts,
  routeRemovals,
} from "./configuration-parts.js";
import { captureInterface } from "./interface-configuration.js";
import { awaitLocalRoutes } from "./local-route.js";
import { interfaceIndex } from "./interface-lookup.js";
import {
  ALREADY_GONE,
  ALREADY_THERE,
  type Part,
  performAll,
  type PartProblem,
  problemOfAll,
  refusedParts,
} from "./netlink-batch.js";
import type { Answer } from "./netlink-socket.js";
import { createVlans, deleteVlans } from "./vlan-interfaces.js";

/** RT_SCOPE_HOST (linux/rtnetlink.h): nobody else shall know such an address. */
const SCOPE_HOST = 254;
/** An interface that is gone has lost what these would take from it. */
const TAKING: ReadonlySet<InterfaceChangeKind> = new Set<InterfaceChangeKind>([
  "disable",
  "remove-addresses",
  "remove-routes",
  "remove-neighbours",
  "delete-vlans",
  "forget-neighbours",
]);

/**
 * Carries out one change of an interface, in as few system calls as it takes. What is so already is a success; what is
 * not named is not touched. Of many parts those that can be done are done, and the problem names the others.
 */
export function changeInterface(sockets: Sockets, change: InterfaceChange): StepProblem | undefined {
  const linkIndex = interfaceIndex(sockets.link.fd, change.interface);
  if (linkIndex >= 0) return changeLink(sockets, { interface: change.interface, linkIndex }, change);
  return TAKING.has(change.kind) ? undefined : { code: "ENODEV", message: `there is no interface ${change.interface}` };
}

function addAddresses(
  { netlink }: Sockets,
  place: Place,
  addresses: readonly ConfiguredAddress[],
): StepProblem | undefined {
  const problem = problemOfAll(performAll(netlink, addressParts(place, addresses), ALREADY_THERE));
  const ipv6 = addresses.filter(({ family }) => family === 6).map(({ address }) => address);
  awaitLocalRoutes(netlink, place.linkIndex, ipv6);
  return problem;
}

function changeLink(sockets: Sockets, place: Place, change: InterfaceChange): StepProblem | undefined {
  const { netlink } = sockets;
  const add = (parts: readonly Part[]): StepProblem | undefined =>
    problemOfAll(performAll(netlink, parts, ALREADY_THERE));
  const remove = (parts: readonly Part[]): StepProblem | undefined =>
    problemOfAll(performAll(netlink, parts, ALREADY_GONE));
  switch (change.kind) {
    case "disable":
    case "enable":
      return problemOf(setLink(sockets, place, { up: change.kind === "enable" }));
    case "set-mac":
      return setMac(sockets, place, change.mac);
    case "set-mtu":
      return setMtu(sockets, place, change.mtu);
    case "add-addresses":
      return addAddresses(sockets, place, change.addresses);
    case "remove-addresses":
      return problemOfAll(withoutAddresses(sockets, place, change.addresses));
    case "add-routes":
      return add(routeParts(place, change.routes));
    case "remove-routes":
      return remove(routeRemovals(place, change.routes));
    case "add-neighbours":
      return add(neighbourParts(place, change.neighbours));
    case "remove-neighbours":
      return remove(neighbourRemovals(place, change.neighbours));
    case "create-vlans":
      return createVlans(sockets, place, change.vlans);
    case "delete-vlans":
      return deleteVlans(sockets, place, change.vlans);
    case "forget-neighbours":
      return forgetNeighbours(sockets, place);
    case "announce-addresses":
      return announceOn(sockets, place, change.addresses, change.vlans);
    default:
      return unreachable(change);
  }
}

const setLink = ({ netlink }: Sockets, { linkIndex }: Place, change: LinkChange): Answer =>
  netlink.request(setLinkRequest(linkIndex, change));

const problemOf = (answer: Answer): StepProblem | undefined => (answer.ok ? undefined : answer.problem);

function setMtu(sockets: Sockets, place: Place, mtu: number): StepProblem | undefined {
  const link = readLink(sockets.netlink, place.linkIndex);
  return link.ok && link.value.mtu === mtu ? undefined : problemOf(setLink(sockets, place, { mtu }));
}

/** Most interfaces take another MAC while they are up; some only when they are down. */
function setMac(sockets: Sockets, place: Place, text: string): StepProblem | undefined {
  const mac = parseMac(text);
  if (mac === undefined) return { code: "EINVAL", message: `${text} is no Ethernet address` };
  const link = readLink(sockets.netlink, place.linkIndex);
  if (link.ok && link.value.mac === text) return undefined;
  const answer = setLink(sockets, place, { mac });
  if (answer.ok || answer.problem.code !== "EBUSY") return problemOf(answer);
  return whileDown(sockets, place, { mac });
}

/**
 * Changes a link while it is switched off for the moment. That takes its routes and IPv6 addresses away, and those of
 * its VLANs: they are put back.
 */
export function whileDown(sockets: Sockets, place: Place, change: LinkChange): StepProblem | undefined {
  const { netlink } = sockets;
  const before = captureInterface(netlink, place.interface);
  if (!before.ok) return before.problem;
  const parts = [{ up: false }, change, { up: before.value.up }].map((each) => ({
    what: place.interface,
    request: setLinkRequest(place.linkIndex, each),
  }));
  const refused = performAll(netlink, parts, new Set());
  return problemOfAll([...refused, ...performAll(netlink, restoration(sockets, place, before.value), ALREADY_THERE)]);
}

const restoration = ({ link }: Sockets, place: Place, before: InterfaceConfiguration): readonly Part[] => [
  ...configurationParts(place, before),
  ...before.vlans.flatMap(({ name, configuration }) => {
    const linkIndex = interfaceIndex(link.fd, name);
    return linkIndex < 0 ? [] : configurationParts({ interface: name, linkIndex }, configuration);
  }),
];

/** The last of a subnet goes first: where secondaries are promoted, each primary would leave work behind. */
function withoutAddresses(
  { netlink }: Sockets,
  { interface: name, linkIndex }: Place,
  addresses: readonly ConfiguredAddress[],
): readonly PartProblem[] {
  const places = addresses.toReversed().map(({ address, family, prefixLength, peer }) => ({
    interface: name,
    linkIndex,
    address,
    family,
    prefixLength,
    ...(peer === undefined ? {} : { peer }),
  }));
  const parts = addresses.toReversed().map((address) => ({ what: addressText(address) }));
  return refusedParts(parts, removeAddresses(netlink, places), ALREADY_GONE);
}

function forgetNeighbours({ netlink }: Sockets, { linkIndex }: Place): StepProblem | undefined {
  const learnt = netlink.dump(dumpLinkNeighboursRequest(linkIndex), (payload) => {
    const neighbour = decodeNeighbour(payload);
    return neighbour?.linkIndex === linkIndex && neighbour.isLearnt ? neighbour : undefined;
  });
  if (!learnt.ok) return learnt.problem;
  const parts = learnt.value.map(({ address }) => ({
    what: address,
    request: deleteNeighbourRequest(linkIndex, addressBytes(address), false),
  }));
  return problemOfAll(performAll(netlink, parts, ALREADY_GONE));
}

function announceOn(
  sockets: Sockets,
  place: Place,
  addresses: readonly ConfiguredAddress[],
  vlans: readonly VlanInterface[],
): StepProblem | undefined {
  const links = [
    { name: place.interface, addresses },
    ...vlans.map(({ name, configuration }) => ({ name, addresses: configuration.addresses })),
  ].filter((each) => each.addresses.length > 0);
  const answers = links.map((each) =>
    announceAll(
      sockets,
      each.name,
      each.addresses.filter(({ scope }) => scope !== SCOPE_HOST),
    ),
  );
  const parts = links.map(({ name }) => ({ what: `announcements on ${name}` }));
  return problemOfAll(refusedParts(parts, answers, new Set()));
}
