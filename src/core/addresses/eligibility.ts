/**
 * Whether an address may be put on an interface (AF-3): for failover between the paths of a node, for placement on a
 * node, and for `check`, `explain` and `status`, which show every answer before anything has failed.
 *
 * Each check looks at one thing and answers yes, no, or unknown; only a no speaks against the move. The answers come in
 * the order of EligibilityCheck's members, every check once. Nothing is asked of the world here: what other members claim
 * and what was heard on the wire comes in as functions.
 */
import { isLinkLocal } from "../../base/ip-address.js";
import type { Eligibility, EligibilityCheck, EligibilityResult } from "../../model/eligibility.js";
import type { KernelLink } from "../../model/kernel.js";
import type { NodeName } from "../../model/names.js";
import type { PathGroupName, PathHealth } from "../../model/path.js";
import type { KernelTable } from "./kernel-table.js";

export interface EligibilityQuestion {
  readonly address: string;
  /** Where it is to go. */
  readonly interface: string;
  /** Where it is now. */
  readonly from?: string;
  /** The VLAN that it is on. */
  readonly vlanId?: number;
  /** The path group that joins `from` and `interface`, or that `interface` belongs to. */
  readonly group?: {
    readonly name: PathGroupName;
    readonly interfaces: readonly string[];
    readonly health: PathHealth;
  };
  /** The network behind the interface that this node alone is cut off from. */
  readonly cutFrom?: string;
  readonly limits: InterfaceLimits;
  /** Addresses that are to go to the interface before this one, and are not there yet. */
  readonly arriving?: number;
  /** Addresses that leave the interface for it. */
  readonly leaving?: readonly string[];
  /** The MAC of its service's own that it brings along. */
  readonly mac?: string;
}

/** Undefined: as many as the kernel takes. */
export interface InterfaceLimits {
  readonly addressesMax?: number;
  readonly macsMax?: number;
}

/** What the answers are found from. */
export interface EligibilityFacts {
  readonly kernel: KernelTable;
  /** Tells the addresses that move: they are no sign that a subnet belongs on an interface. */
  readonly isMoving: (address: string) => boolean;
  /** Whether this node has put a service address on this machine, and not taken it off. */
  readonly isOurs: (address: string) => boolean;
  /** The other member of the cluster that has the address, or is about to take it. */
  readonly claimant: (address: string) => NodeName | undefined;
  /** The MAC of a stranger who announced the address lately, on whatever interface. */
  readonly rival: (address: string) => string | undefined;
}

export function eligibility(question: EligibilityQuestion, facts: EligibilityFacts): Eligibility {
  const link = facts.kernel.linkNamed(question.interface);
  const target: Target = { question, facts, link, subnet: subnetOf(question, facts) };
  const results = CHECKS.map(([check, judge]) => ({ check, ...judge(target) }));
  return { address: question.address, interface: question.interface, results };
}

interface Target {
  readonly question: EligibilityQuestion;
  readonly facts: EligibilityFacts;
  readonly link: KernelLink | undefined;
  readonly subnet: SubnetPlaces;
}

type Answer = Omit<EligibilityResult, "check">;
type Judge = (target: Target) => Answer;

const yes = (detail?: string): Answer => ({ verdict: "yes", ...(detail === undefined ? {} : { detail }) });
const no = (detail?: string): Answer => ({ verdict: "no", ...(detail === undefined ? {} : { detail }) });
const unknown = (detail?: string): Answer => ({ verdict: "unknown", ...(detail === undefined ? {} : { detail }) });

/** A check that says nothing of an interface that does not exist: `interface-present` says it. */
const ofLink =
  (judge: (link: KernelLink, target: Target) => Answer): Judge =>
  (target) =>
    target.link === undefined ? unknown() : judge(target.link, target);

const CHECKS: readonly (readonly [EligibilityCheck, Judge])[] = [
  ["interface-present", ({ link }) => (link === undefined ? no() : yes())],
  ["interface-up", ofLink(interfaceUp)],
  ["path-healthy", pathHealthy],
  ["same-network", ofLink(sameNetwork)],
  ["same-subnet", ofLink(subnetReachable)],
  ["vlan-available", ofLink(vlanAvailable)],
  ["free-in-cluster", freeInCluster],
  ["free-on-wire", freeOnWire],
  ["room-for-address", ofLink(roomForAddress)],
  ["room-for-mac", ofLink(roomForMac)],
  ["mtu", ofLink(mtuSuffices)],
];

// --- state of the interface ----------------------------------------------------------------------------------------

/** An interface that stands by switched off (HN-6) is switched on when it is needed. */
function interfaceUp(link: KernelLink, { question }: Target): Answer {
  if (link.up) return link.carrier ? yes() : no("no carrier");
  return question.group?.health === "unwatched" ? unknown("switched off") : no("switched off");
}

function pathHealthy({ question: { group, cutFrom } }: Target): Answer {
  if (group === undefined) return cutFrom === undefined ? unknown() : no(`cut off from network ${cutFrom}`);
  if (group.health === "healthy") return yes(group.name);
  return group.health === "unwatched" ? unknown(group.health) : no(group.health);
}

// --- where the subnet is -------------------------------------------------------------------------------------------

/** Where, VLANs counted for the interface that they lie on, there is an address of the same subnet that stays there. */
interface SubnetPlaces {
  readonly onTarget: StayingAddress | undefined;
  readonly onGroup: StayingAddress | undefined;
  readonly elsewhere: StayingAddress | undefined;
  /** The address itself, where it is on none of those that it could come from. */
  readonly itself: StayingAddress | undefined;
}

interface StayingAddress {
  readonly address: string;
  readonly link: KernelLink;
}

function subnetOf({ address, interface: to, from, group }: EligibilityQuestion, facts: EligibilityFacts): SubnetPlaces {
  const around = neighboursOf(address, facts);
  const joined = [...(group?.interfaces ?? []), ...(from === undefined ? [] : [from])];
  const place = ({ link }: StayingAddress): string => facts.kernel.link(link.parent ?? link.index)?.name ?? link.name;
  const isFar = (each: StayingAddress): boolean => place(each) !== to && !joined.includes(place(each));
  const own = isLinkLocal(address) ? [] : placesOf(address, facts);
  return {
    onTarget: around.find((each) => place(each) === to),
    onGroup: around.find((each) => place(each) !== to && joined.includes(place(each))),
    elsewhere: around.find(isFar),
    itself: own.every(isFar) ? own[0] : undefined,
  };
}

/** The loopback interface, and such as are made to be one more of its kind: nobody is reached over them. */
const isOnNoWire = ({ name, kind }: KernelLink): boolean => name === "lo" || kind === "dummy";

/** The links that have the address; it does no harm on those on no wire, where hosts behind a balancer have it. */
const placesOf = (address: string, { kernel }: EligibilityFacts): readonly StayingAddress[] =>
  kernel
    .linkSubnetsOf(address)
    .filter(({ link, addresses }) => addresses.includes(address) && !isOnNoWire(link))
    .map(({ link }) => ({ address, link }));

/** Of each link's part of the subnet, one address that stays there. */
function neighboursOf(address: string, facts: EligibilityFacts): readonly StayingAddress[] {
  return facts.kernel.linkSubnetsOf(address).flatMap(({ link, addresses }) => {
    const staying = addresses.find((each) => each !== address && !facts.isMoving(each));
    return staying === undefined ? [] : [{ address: staying, link }];
  });
}

function sameNetwork(link: KernelLink, { question, subnet }: Target): Answer {
  if (question.group?.interfaces.includes(link.name) === true) return yes(question.group.name);
  if (subnet.onTarget !== undefined) return yes(subnet.onTarget.address);
  const other = subnet.onGroup ?? subnet.elsewhere;
  return other === undefined ? unknown() : no(other.link.name);
}

/**
 * Within a group the subnet comes along with its addresses; a third interface with it would answer in its place. An address
 * that is on a third interface by now, such as one that got another name, is not the group's to move.
 */
function subnetReachable(_link: KernelLink, { question, subnet }: Target): Answer {
  if (subnet.itself !== undefined) return no(subnet.itself.link.name);
  if (subnet.onTarget !== undefined) return yes(subnet.onTarget.address);
  if (subnet.elsewhere !== undefined) return no(subnet.elsewhere.link.name);
  if (subnet.onGroup === undefined) return unknown();
  return question.group === undefined ? no(subnet.onGroup.link.name) : yes(subnet.onGroup.address);
}

function vlanAvailable(link: KernelLink, { question: { vlanId, group }, facts }: Target): Answer {
  if (vlanId === undefined) return yes();
  const existing = [...facts.kernel.links()].find((each) => each.parent === link.index && each.vlanId === vlanId);
  if (existing !== undefined) return yes(existing.name);
  // VLANs move with their path, but one VLAN can't be made on another.
  return group !== undefined && link.kind !== "vlan" ? yes() : no(String(vlanId));
}

// --- who else has it -----------------------------------------------------------------------------------------------

function freeInCluster({ question, facts }: Target): Answer {
  const claimant = facts.claimant(question.address);
  return claimant === undefined ? yes() : no(claimant);
}

function freeOnWire({ question, facts }: Target): Answer {
  const mac = facts.rival(question.address);
  return mac === undefined ? yes() : no(mac);
}

// --- room ----------------------------------------------------------------------------------------------------------

/** The link-local address, which the kernel gives each interface, needs no room. */
function roomForAddress(link: KernelLink, { question, facts }: Target): Answer {
  const { addressesMax } = question.limits;
  if (addressesMax === undefined) return yes();
  const leaving = [question.address, ...(question.leaving ?? [])];
  const present = facts.kernel
    .linkSubnets()
    .filter((subnet) => subnet.link.index === link.index)
    .flatMap(({ addresses }) => addresses.filter((each) => !leaving.includes(each) && !isLinkLocal(each)));
  const count = present.length + (question.arriving ?? 0);
  return count < addressesMax ? yes(`${count + 1} of ${addressesMax}`) : no(`${count} of ${addressesMax}`);
}

function roomForMac(link: KernelLink, { question: { mac, limits }, facts }: Target): Answer {
  if (mac === undefined) return yes();
  const others = [...facts.kernel.links()].filter(({ parent, kind }) => parent === link.index && kind === "macvlan");
  if (others.some((each) => each.mac === mac)) return yes();
  if (limits.macsMax === undefined) return unknown();
  const count = others.length + 1;
  return count < limits.macsMax ? yes(`${count + 1} of ${limits.macsMax}`) : no(`${count} of ${limits.macsMax}`);
}

/** Within a group the MTU moves along (AF-10), if the interface takes it. */
function mtuSuffices(link: KernelLink, { question: { from, group }, facts }: Target): Answer {
  const source = from === undefined ? undefined : facts.kernel.linkNamed(from);
  if (source === undefined) return unknown();
  if (link.mtu >= source.mtu) return yes(String(link.mtu));
  const sizes = `${link.mtu} < ${source.mtu}`;
  return group?.interfaces.includes(source.name) === true ? unknown(sizes) : no(sizes);
}
