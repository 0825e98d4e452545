import { known } from "../base/assert.js";
import { type IpAddress, parseIpAddress, sameSubnet } from "../base/ip-address.js";
import { ok, refused, type Result } from "../base/result.js";
import type { ConfiguredNeighbour, VlanInterface } from "../model/interface-configuration.js";
import type { HostRoute, KernelAddress, KernelLink, KernelSnapshot, PlacedAddress } from "../model/kernel.js";
import type { NodeInput, StepProblem } from "../model/node-io.js";
import { OwnRoutes } from "./host-routes.js";
import { MacFilters } from "./mac-filters.js";
import { SourceRules } from "./source-rules.js";

/** What the kernel tells everybody who listens (rtnetlink's link and address groups). */
export type KernelEvent = Extract<
  NodeInput,
  { readonly kind: "link-changed" | "link-removed" | "address-added" | "address-removed" }
>;

/** A route that somebody added; those that come with an address by themselves are no part of this kernel. */
export interface SimRoute {
  readonly interface: string;
  readonly family: 4 | 6;
  /** Such as `10.2.0.0/16`, or `default`. */
  readonly destination: string;
  readonly gateway?: string;
  readonly table: number;
}

/** A permanent neighbour entry, or a proxy, that somebody added. */
export interface SimNeighbour extends ConfiguredNeighbour {
  readonly interface: string;
}

/** A VLAN as it is made on another interface. */
export type SimVlan = Pick<VlanInterface, "name" | "id" | "protocol">;

/** include/uapi/linux/if_addr.h */
export const IFA_F_SECONDARY = 0x01;
export const IFA_F_NODAD = 0x02;
export const IFA_F_DEPRECATED = 0x20;
export const IFA_F_PERMANENT = 0x80;
export const IFA_F_NOPREFIXROUTE = 0x200;

const MACVLAN = "macvlan";
const VLAN = "vlan";

/** How an address is added. */
export interface AddressManner {
  /** In the way of os/linux: an IPv6 address that is no source of the machine's own connections. */
  readonly isOurs?: boolean;
  /** No route to its subnet comes with it. */
  readonly withoutRoute?: boolean;
}

export type KernelAnswer = Result<undefined, StepProblem>;

const problem = (code: string, message: string): KernelAnswer => refused({ code, message });
const parsed = (text: string): IpAddress => known(parseIpAddress(text), "the simulation writes addresses that parse");

/**
 * The part of a Linux kernel that holds links and addresses, with its manners: what it refuses, what vanishes
 * with what, and what it reports in which order. The port scripts hold it against the real one.
 */
export class SimKernel {
  readonly #links = new Map<string, KernelLink>();
  /** Of {@link links}, which is asked for all the time; undefined: some link has changed since. */
  #linkList: readonly KernelLink[] | undefined;
  /** Interfaces whose cable carries no signal. */
  readonly #unplugged = new Set<string>();
  readonly macFilters: MacFilters = new MacFilters();
  readonly ownRoutes: OwnRoutes = new OwnRoutes();
  readonly sourceRules: SourceRules = new SourceRules();
  readonly #vlanProtocols = new Map<number, SimVlan["protocol"]>();
  #addresses: KernelAddress[] = [];
  #routes: readonly SimRoute[] = [];
  #neighbours: readonly SimNeighbour[] = [];
  #nextIndex = 1;
  readonly #tell: (event: KernelEvent) => void;
  /** `net.ipv4.conf.all.promote_secondaries`: the kernel's default is off, systemd turns it on. */
  readonly #promotesSecondaries: boolean;

  constructor(tell: (event: KernelEvent) => void, promotesSecondaries: boolean) {
    this.#tell = tell;
    this.#promotesSecondaries = promotesSecondaries;
  }

  snapshot(): KernelSnapshot {
    return { links: this.links, addresses: this.#addresses };
  }

  /** In the order in which they were made. */
  get links(): readonly KernelLink[] {
    this.#linkList ??= [...this.#links.values()];
    return this.#linkList;
  }

  link(name: string): KernelLink | undefined {
    return this.#links.get(name);
  }

  hasLink(index: number): boolean {
    return this.links.some((link) => link.index === index);
  }

  /** The interface is up and its cable carries a signal. */
  isWorking(name: string): boolean {
    return this.#links.get(name)?.carrier === true;
  }

  get addresses(): readonly KernelAddress[] {
    return this.#addresses;
  }

  get routes(): readonly SimRoute[] {
    return this.#routes;
  }

  get neighbours(): readonly SimNeighbour[] {
    return this.#neighbours;
  }

  /** The VLANs on an interface, in the order in which they were made. */
  vlansOn(name: string): readonly { readonly link: KernelLink; readonly vlan: SimVlan }[] {
    return this.#childrenOf(this.#links.get(name)).flatMap((link) => {
      const protocol = this.#vlanProtocols.get(link.index);
      return protocol === undefined || link.vlanId === undefined
        ? []
        : [{ link, vlan: { name: link.name, id: link.vlanId, protocol } }];
    });
  }

  /** The interface through which what goes over another one leaves: a macvlan's lower one, or itself. */
  lowerOf(name: string): string {
    const link = this.#links.get(name);
    if (link?.kind !== MACVLAN) return name;
    return this.links.find(({ index }) => index === link.parent)?.name ?? name;
  }

  /** The macvlans on an interface. */
  macvlansOn(name: string): readonly KernelLink[] {
    return this.#childrenOf(this.#links.get(name)).filter(({ kind }) => kind === MACVLAN);
  }

  /** Every address as somebody placed it. */
  placed(): readonly PlacedAddress[] {
    return this.links.flatMap((link) =>
      this.#addresses
        .filter((each) => each.linkIndex === link.index)
        .map(({ address, family, prefixLength }) => ({ interface: link.name, address, family, prefixLength })),
    );
  }

  /** The names of the interfaces that have an address, whatever its prefix length. */
  interfacesWith(address: string): readonly string[] {
    const indices = this.#addresses.filter((each) => each.address === address).map((each) => each.linkIndex);
    return this.links.filter((link) => indices.includes(link.index)).map((link) => link.name);
  }

  createLink(name: string, mac: string): void {
    const carrier = !this.#unplugged.has(name);
    const link: KernelLink = { index: this.#nextIndex, name, mac, up: true, carrier, mtu: 1_500 };
    this.#nextIndex += 1;
    this.#changeLink(link);
  }

  /** A VLAN on another interface, down, and with that one's MAC. */
  createVlan(below: string, { name, id, protocol }: SimVlan): KernelAnswer {
    const parent = this.#links.get(below);
    if (parent === undefined) return problem("ENODEV", `no interface ${below}`);
    const isThere = this.#childrenOf(parent).some((each) => each.vlanId === id);
    if (this.#links.has(name) || isThere) return problem("EEXIST", `${name} or its VLAN is there already`);
    this.#vlanProtocols.set(this.#nextIndex, protocol);
    this.#createUpper(parent, { name, mac: parent.mac, kind: VLAN, vlanId: id });
    return ok(undefined);
  }

  /** A macvlan on another interface, down. */
  createMacvlan(below: string, name: string, mac: string): KernelAnswer {
    const parent = this.#links.get(below);
    if (parent === undefined) return problem("ENODEV", `no interface ${below}`);
    if (this.#links.has(name)) return problem("EEXIST", `${name} is there already`);
    this.#createUpper(parent, { name, mac, kind: MACVLAN });
    return ok(undefined);
  }

  #createUpper({ index: parent, mtu }: KernelLink, upper: Pick<KernelLink, "name" | "mac" | "kind" | "vlanId">): void {
    const index = this.#nextIndex;
    this.#nextIndex += 1;
    this.#changeLink({ ...upper, index, up: false, carrier: false, mtu, parent });
  }

  deleteLink(name: string): void {
    const link = this.#links.get(name);
    if (link === undefined) return;
    this.#changeLink({ ...link, up: false, carrier: false });
    this.ownRoutes.down(name);
    this.ownRoutes.lost(name);
    this.#loseConfiguration(name);
    this.#dropAddresses((each) => each.linkIndex === link.index && each.family === 6);
    this.#dropAddresses((each) => each.linkIndex === link.index);
    for (const child of this.#childrenOf(link)) this.deleteLink(child.name);
    this.#links.delete(name);
    this.#linkList = undefined;
    this.macFilters.interfaceGone(name);
    this.#tell({ kind: "link-removed", index: link.index });
  }

  /** The cable in the interface began or ceased to carry a signal. */
  setSignal(name: string, signal: boolean): void {
    if (signal) this.#unplugged.delete(name);
    else this.#unplugged.add(name);
    const link = this.#links.get(name);
    const carrier = signal && link?.up === true;
    if (link === undefined || link.carrier === carrier) return;
    this.#changeLink({ ...link, carrier });
    this.#passCarrierOn(this.#childrenOf(link), carrier);
  }

  #passCarrierOn(uppers: readonly KernelLink[], carrier: boolean): void {
    for (const upper of uppers) this.#changeLink({ ...upper, carrier: carrier && upper.up });
  }

  /**
   * Administratively up or down, and VLANs on it with it, while macvlans lose only their carrier; going down costs the
   * interface its IPv6 addresses, its routes and its neighbour entries.
   */
  setUp(name: string, up: boolean): void {
    const link = this.#links.get(name);
    if (link === undefined || link.up === up) return;
    const vlans = this.#childrenOf(link).filter(({ kind }) => kind === VLAN);
    const carrier = up && this.#hasSignal(link);
    if (!up) for (const vlan of vlans) this.setUp(vlan.name, false);
    this.#changeLink({ ...link, up, carrier });
    this.#passCarrierOn(this.macvlansOn(name), carrier);
    if (up) {
      this.ownRoutes.up(name);
      for (const vlan of vlans) this.setUp(vlan.name, true);
    } else {
      this.ownRoutes.down(name);
      this.#loseConfiguration(name);
      this.#dropAddresses((each) => each.linkIndex === link.index && each.family === 6);
    }
  }

  #hasSignal({ name, parent }: KernelLink): boolean {
    if (parent === undefined) return !this.#unplugged.has(name);
    return this.links.some(({ index, carrier }) => index === parent && carrier);
  }

  /** A VLAN that has the MAC of the interface below keeps to it. */
  setMac(name: string, mac: string): void {
    const link = this.#links.get(name);
    if (link === undefined || link.mac === mac) return;
    this.#changeLink({ ...link, mac });
    this.#neighbours = this.#neighbours.filter((each) => each.interface !== name || each.isProxy);
    for (const child of this.#childrenOf(link)) if (child.mac === link.mac) this.setMac(child.name, mac);
  }

  setMtu(name: string, mtu: number): void {
    const link = this.#links.get(name);
    if (link !== undefined && link.mtu !== mtu) this.#changeLink({ ...link, mtu });
  }

  addRoute(route: SimRoute): KernelAnswer {
    const isThere = this.#routes.some((each) => isSameRoute(each, route));
    const refusal = this.#routeRefusal(route, isThere);
    if (refusal !== undefined) return refusal;
    this.#routes = [...this.#routes, route];
    return ok(undefined);
  }

  /** A route of ours. */
  addHostRoute(route: HostRoute): KernelAnswer {
    return this.#routeRefusal(route, false) ?? this.ownRoutes.add(route);
  }

  removeHostRoute(route: HostRoute): KernelAnswer {
    if (!this.#links.has(route.interface)) return problem("ENODEV", `no interface ${route.interface}`);
    return this.ownRoutes.remove(route);
  }

  #routeRefusal(route: Pick<SimRoute, "interface" | "family" | "gateway">, isThere: boolean): KernelAnswer | undefined {
    const link = this.#links.get(route.interface);
    if (link === undefined) return problem("ENODEV", `no interface ${route.interface}`);
    // Of a gateway, the kernel says only that it finds no way to it.
    if (!link.up && route.gateway === undefined) return problem("ENETDOWN", "Network is down");
    if (isThere) return problem("EEXIST", "route exists");
    if (link.up && this.#reaches(link, route)) return undefined;
    return problem(route.family === 4 ? "ENETUNREACH" : "EHOSTUNREACH", "the gateway is not on the link");
  }

  /** A gateway must be in a subnet of the link. */
  #reaches({ index }: KernelLink, { gateway }: Pick<SimRoute, "gateway">): boolean {
    return (
      gateway === undefined ||
      this.#addresses.some(
        ({ linkIndex, address, prefixLength }) =>
          linkIndex === index && sameSubnet(parsed(address).bytes, parsed(gateway).bytes, prefixLength),
      )
    );
  }

  removeRoute(route: SimRoute): KernelAnswer {
    const gone = this.#routes.find((each) => each.interface === route.interface && isSameRoute(each, route));
    if (gone === undefined) return problem("ESRCH", "route not found");
    this.#routes = this.#routes.filter((each) => each !== gone);
    return ok(undefined);
  }

  /** In place of an entry for the same address. */
  addNeighbour(neighbour: SimNeighbour): KernelAnswer {
    if (!this.#links.has(neighbour.interface)) return problem("ENODEV", `no interface ${neighbour.interface}`);
    this.removeNeighbour(neighbour);
    this.#neighbours = [...this.#neighbours, neighbour];
    return ok(undefined);
  }

  removeNeighbour(neighbour: SimNeighbour): KernelAnswer {
    const gone = this.#neighbours.find((each) => isSameNeighbour(each, neighbour));
    if (gone === undefined) return problem("ENOENT", "neighbour not found");
    this.#neighbours = this.#neighbours.filter((each) => each !== gone);
    return ok(undefined);
  }

  addAddress(placed: PlacedAddress, manner: AddressManner = {}): KernelAnswer {
    const link = this.#links.get(placed.interface);
    if (link === undefined) return problem("ENODEV", `no interface ${placed.interface}`);
    const onLink = this.#addresses.filter((each) => each.linkIndex === link.index);
    if (onLink.some((each) => isSameToKernel(each, placed))) return problem("EEXIST", "address already assigned");
    const plain = newAddress(link.index, placed, onLink);
    const address = { ...plain, flags: plain.flags | flagsOf(manner, plain) };
    this.#addresses = [...this.#addresses, address];
    this.#tell({ kind: "address-added", address });
    return ok(undefined);
  }

  /** Gives an IPv6 address that is there another lifetime; none for an address that is not there. */
  setDeprecated({ interface: name, address, family }: PlacedAddress, isDeprecated: boolean): void {
    const linkIndex = this.#links.get(name)?.index;
    const before = this.#addresses.find((each) => each.linkIndex === linkIndex && each.address === address);
    if (before === undefined || family === 4) return;
    const flags = isDeprecated ? before.flags | IFA_F_DEPRECATED : before.flags & ~IFA_F_DEPRECATED;
    if (flags === before.flags) return;
    const after = { ...before, flags };
    this.#addresses = this.#addresses.map((each) => (each === before ? after : each));
    this.#tell({ kind: "address-added", address: after });
  }

  /** @param isOurs in the way of os/linux: promotion is on for this removal, so that nothing else goes with it */
  removeAddress(placed: PlacedAddress, isOurs = false): KernelAnswer {
    const link = this.#links.get(placed.interface);
    if (link === undefined) return problem("ENODEV", `no interface ${placed.interface}`);
    const gone = this.#addresses.find(
      (each) =>
        each.linkIndex === link.index && each.address === placed.address && each.prefixLength === placed.prefixLength,
    );
    if (gone === undefined) return problem("EADDRNOTAVAIL", "address not found");
    this.#remove(gone, isOurs || this.#promotesSecondaries || link.kind === MACVLAN);
    return ok(undefined);
  }

  /** A primary IPv4 address takes the secondaries of its subnet with it, or hands the subnet on to the first. */
  #remove(gone: KernelAddress, promotes: boolean): void {
    const secondaries = this.#addresses.filter((each) => each !== gone && isSecondaryOf(each, gone));
    if (!promotes) this.#dropAddresses((each) => secondaries.includes(each));
    this.#dropAddresses((each) => each === gone);
    const [heir] = secondaries;
    if (!promotes || heir === undefined) return;
    const promoted = { ...heir, flags: heir.flags & ~IFA_F_SECONDARY };
    this.#addresses = this.#addresses.map((each) => (each === heir ? promoted : each));
    this.#tell({ kind: "address-added", address: promoted });
  }

  /** Another name, in whatever state the interface is; refused when another one has it. */
  rename(name: string, to: string): void {
    const link = this.#links.get(name);
    if (link === undefined || this.#links.has(to)) return;
    this.#links.delete(name);
    this.#changeLink({ ...link, name: to });
    const renamed = <Item extends { readonly interface: string }>(items: readonly Item[]): readonly Item[] =>
      items.map((each) => (each.interface === name ? { ...each, interface: to } : each));
    this.#routes = renamed(this.#routes);
    this.ownRoutes.renamed(name, to);
    this.#neighbours = renamed(this.#neighbours);
    // IPv4 addresses bear their interface's name as a label, and are told again with the new one.
    const labelled = this.#addresses.filter((each) => each.linkIndex === link.index && each.family === 4);
    for (const address of labelled) this.#tell({ kind: "address-added", address });
  }

  #childrenOf(link: KernelLink | undefined): readonly KernelLink[] {
    return link === undefined ? [] : this.links.filter(({ parent }) => parent === link.index);
  }

  #loseConfiguration(name: string): void {
    this.#routes = this.#routes.filter((each) => each.interface !== name);
    this.#neighbours = this.#neighbours.filter((each) => each.interface !== name);
  }

  #changeLink(link: KernelLink): void {
    this.#links.set(link.name, link);
    this.#linkList = undefined;
    this.#tell({ kind: "link-changed", link });
  }

  #dropAddresses(isGone: (address: KernelAddress) => boolean): void {
    const gone = this.#addresses.filter(isGone);
    if (gone[0]?.family === 6) gone.reverse();
    this.#addresses = this.#addresses.filter((each) => !gone.includes(each));
    for (const link of this.#links.values()) this.#loseWhatNeedsAddress(link, gone);
    for (const address of gone) this.#tell({ kind: "address-removed", address });
  }

  /** An interface that lost its last IPv4 address loses all its IPv4 routes and neighbour entries. */
  #loseWhatNeedsAddress({ index, name }: KernelLink, gone: readonly KernelAddress[]): void {
    const isOfLink = ({ linkIndex, family }: KernelAddress): boolean => linkIndex === index && family === 4;
    if (!gone.some(isOfLink) || this.#addresses.some(isOfLink)) return;
    const isKept = (each: SimRoute | SimNeighbour): boolean => each.interface !== name || each.family !== 4;
    this.#routes = this.#routes.filter(isKept);
    this.ownRoutes.lost(name, 4);
    this.#neighbours = this.#neighbours.filter(isKept);
  }
}

/** IPv4 tells addresses of one interface apart by address and prefix length, IPv6 by the address alone. */
function isSameToKernel(there: KernelAddress, placed: PlacedAddress): boolean {
  if (there.address !== placed.address) return false;
  return placed.family === 6 || there.prefixLength === placed.prefixLength;
}

/** Two routes of a table to one destination are the same to who adds one, wherever they lead. */
const isSameRoute = (a: SimRoute, b: SimRoute): boolean =>
  a.family === b.family && a.destination === b.destination && a.table === b.table;

const isSameNeighbour = (a: SimNeighbour, b: SimNeighbour): boolean =>
  a.interface === b.interface && a.address === b.address && a.isProxy === b.isProxy;

const flagsOf = ({ isOurs, withoutRoute }: AddressManner, { family }: KernelAddress): number =>
  (isOurs === true && family === 6 ? IFA_F_DEPRECATED : 0) | (withoutRoute === true ? IFA_F_NOPREFIXROUTE : 0);

function newAddress(linkIndex: number, placed: PlacedAddress, onLink: readonly KernelAddress[]): KernelAddress {
  const { family, address, prefixLength } = placed;
  const flags = IFA_F_PERMANENT | (family === 6 ? IFA_F_NODAD : 0);
  const fresh: KernelAddress = { linkIndex, family, address, prefixLength, flags };
  const isSecondary = onLink.some((each) => (each.flags & IFA_F_SECONDARY) === 0 && isInSubnetOf(fresh, each));
  return isSecondary ? { ...fresh, flags: flags | IFA_F_SECONDARY } : fresh;
}

function isSecondaryOf(address: KernelAddress, primary: KernelAddress): boolean {
  return (
    (primary.flags & IFA_F_SECONDARY) === 0 &&
    (address.flags & IFA_F_SECONDARY) !== 0 &&
    address.linkIndex === primary.linkIndex &&
    isInSubnetOf(address, primary)
  );
}

function isInSubnetOf(address: KernelAddress, primary: KernelAddress): boolean {
  return (
    address.family === 4 &&
    primary.family === 4 &&
    address.prefixLength === primary.prefixLength &&
    sameSubnet(parsed(address.address).bytes, parsed(primary.address).bytes, primary.prefixLength)
  );
}
