/**
 * Whether this node could hold a service now, in its own judgement: each address has an interface here, the interface
 * works, has room for it, and the network behind it is not lost to this node alone.
 */
import type { NodeConfig, ServiceConfig } from "../../model/cluster.js";
import { type EligibilityCheck, objections } from "../../model/eligibility.js";
import type { KernelLink } from "../../model/kernel.js";
import type { NetworkName } from "../../model/names.js";
import type { UnfitReason } from "../../model/unfit-reasons.js";
import { type EligibilityFacts, eligibility } from "../addresses/eligibility.js";
import type { KernelTable } from "../addresses/kernel-table.js";
import { type Terrain, locate, objectionsTo } from "../addresses/locate.js";
import { ownMacOf } from "../identity/own-interface.js";
import { limitsOf } from "../paths/move-eligibility.js";
import type { PathGroups } from "../paths/path-groups.js";
import type { Membership } from "../membership/membership.js";
import type { Pings } from "../membership/pings.js";
import type { Roster } from "../membership/roster.js";

/** What an interface is judged by. */
export interface Surroundings {
  /** Undefined once the node was taken out of the configuration. */
  readonly ownConfig: NodeConfig | undefined;
  readonly roster: Roster;
  readonly kernel: KernelTable;
  readonly paths: PathGroups;
  readonly membership: Membership;
  readonly pings: Pings;
}

/** What a service's addresses are judged by. */
export interface ServiceSurroundings extends Terrain {
  readonly paths: PathGroups;
  readonly pings: Pings;
  readonly eligibility: EligibilityFacts;
}

/** Everything that keeps this node from holding the service; each thing is named once. */
export function fitness(service: ServiceConfig, around: ServiceSurroundings): readonly UnfitReason[] {
  const reasons = new Map<string, UnfitReason>();
  const arriving = new Map<string, number>();
  const add = (reason: UnfitReason): unknown => reasons.set(`${reason.code} ${reason.detail ?? ""}`, reason);
  for (const address of service.addresses) {
    const located = locate(address, around);
    if (!located.ok) add(located.problem);
    else {
      const { value: link } = located;
      const before = arriving.get(link.name) ?? 0;
      arriving.set(link.name, before + 1);
      const isNamed = address.interfaces !== undefined;
      const against = isNamed ? objectionsTo(address.address, link, around) : around.against(link);
      for (const reason of against) add(reason);
      const { address: text } = address;
      for (const reason of addressReasons({ address: text, link, arriving: before, service }, around)) add(reason);
    }
  }
  if (around.pings.allLost) for (const { network } of around.pings.targets) add({ code: "ping-lost", detail: network });
  return [...reasons.values()];
}

interface ArrivingAddress {
  readonly address: string;
  readonly link: KernelLink;
  /** Addresses of the service that go to the interface before this one. */
  readonly arriving: number;
  readonly service: ServiceConfig;
}

/**
 * What the eligibility analysis has against the address on this interface. Of its checks only room decides here. Whether the
 * interface works is judged for all addresses on it at once; the subnet is what it was found by, or the operator named the
 * interface; who else in the cluster has it is a matter of epochs; and a stranger must not be able to keep a service off a
 * node by announcing its address. Outside a path group, nothing limits how many addresses an interface carries.
 */
function addressReasons(
  { address, link, arriving, service }: ArrivingAddress,
  { paths, eligibility: facts }: ServiceSurroundings,
): readonly UnfitReason[] {
  const group = paths.groupOf(link.name);
  if (group === undefined || facts.isOurs(address)) return [];
  const limits = limitsOf(group.config);
  const answer = eligibility({ address, interface: link.name, limits, arriving, ...ownMacOf(service) }, facts);
  return objections(answer).flatMap(({ check }) =>
    ROOM.has(check) ? [{ code: "interface-full", detail: link.name } as const] : [],
  );
}

const ROOM: ReadonlySet<EligibilityCheck> = new Set(["room-for-address", "room-for-mac"]);

/** Whether the interface works, and what it leads to is not lost to this node alone. */
export function judgeLink(link: KernelLink, around: Surroundings): readonly UnfitReason[] {
  const group = around.paths.groupOf(link.name);
  // A group knows more of its interfaces than their carriers, and has another one to go to.
  if (group?.state === "failed") return [{ code: "paths-down", detail: group.config.name }];
  if (group === undefined && (!link.up || !link.carrier)) return [{ code: "link-down", detail: link.name }];
  return networksOn(link, around).flatMap((network): readonly UnfitReason[] => {
    if (isCutFrom(network, around)) return [{ code: "network-cut", detail: network }];
    return around.pings.isLost(network) ? [{ code: "ping-lost", detail: network }] : [];
  });
}

/** The configured networks whose own address this interface carries. */
function networksOn(link: KernelLink, around: Surroundings): readonly NetworkName[] {
  return (around.ownConfig?.networks ?? [])
    .filter(({ address }) => around.kernel.hasAddress(link.name, address))
    .map(({ network }) => network);
}

/** Whether this node hears and is heard by nobody on a network on which others hear each other. */
function isCutFrom(network: NetworkName, around: Surroundings): boolean {
  const { membership, roster } = around;
  const others = membership.livePeers().filter((peer) => roster.isOn(peer.name, network));
  const { self } = roster;
  const joined = others.some(
    ({ name }) =>
      membership.map.hears({ observer: self, subject: name, network }) ||
      membership.map.hears({ observer: name, subject: self, network }),
  );
  if (joined) return false;
  return others.some((a) => others.some((b) => a !== b && membership.map.linked(a.name, b.name, network)));
}
