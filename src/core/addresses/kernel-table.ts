/**
 * What this machine's kernel has, kept up to date from events: links, and addresses on them.
 *
 * Decides nothing itself. Events may repeat what a snapshot already said; the table then stays as it is.
 */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import type { KernelAddress, KernelLink, KernelSnapshot, PlacedAddress } from "../../model/kernel.js";

/** A subnet that an address puts on a link. */
export interface Subnet {
  readonly link: KernelLink;
  readonly address: string;
  readonly bytes: Uint8Array;
  readonly prefixLength: number;
}

/** What interfaces are called now, by what they were called: the kernel's index is what makes them the same. */
export type Renamings = ReadonlyMap<string, string>;

/** The addresses of one subnet on one link. */
export interface LinkSubnet extends Omit<Subnet, "address"> {
  readonly addresses: readonly string[];
}

export class KernelTable {
  readonly #links = new Map<number, KernelLink>();
  readonly #addresses = new Map<string, KernelAddress>();
  /** Made when asked for, void after every change. */
  #subnets: readonly Subnet[] | undefined;
  #linkSubnets: readonly LinkSubnet[] | undefined;
  /** By the address that was asked for: those of the configuration, and the kernel's own. */
  readonly #linkSubnetsOf = new Map<string, readonly LinkSubnet[]>();

  /** Takes a full reading in place of everything known. @returns the links that go by another name now. */
  replace(snapshot: KernelSnapshot): Renamings {
    this.#forget();
    const renamings = new Map<string, string>();
    for (const { index, name } of snapshot.links) {
      const before = this.linkName(index);
      if (before !== undefined && before !== name) renamings.set(before, name);
    }
    this.#links.clear();
    this.#addresses.clear();
    for (const link of snapshot.links) this.#links.set(link.index, link);
    for (const address of snapshot.addresses) this.#addresses.set(keyOf(address), address);
    return renamings;
  }

  /** The link as it was before, if it was known. */
  setLink(link: KernelLink): KernelLink | undefined {
    this.#forget();
    const before = this.#links.get(link.index);
    this.#links.set(link.index, link);
    return before;
  }

  removeLink(index: number): KernelLink | undefined {
    this.#forget();
    const before = this.#links.get(index);
    this.#links.delete(index);
    for (const [key, address] of this.#addresses) if (address.linkIndex === index) this.#addresses.delete(key);
    return before;
  }

  addAddress(address: KernelAddress): void {
    this.#forget();
    this.#addresses.set(keyOf(address), address);
  }

  removeAddress(address: KernelAddress): void {
    this.#forget();
    this.#addresses.delete(keyOf(address));
  }

  /** Addresses went from one link to another; the kernel's own word of it may be a while on its way. */
  moveAddresses(moved: readonly Omit<KernelAddress, "linkIndex">[], from: string, to: string): void {
    const [source, target] = [this.linkNamed(from), this.linkNamed(to)];
    if (target === undefined) return;
    for (const { family, address, prefixLength, flags } of moved) {
      const there = { family, address, prefixLength, flags };
      if (source !== undefined) this.removeAddress({ ...there, linkIndex: source.index });
      this.addAddress({ ...there, linkIndex: target.index });
    }
  }

  links(): Iterable<KernelLink> {
    return this.#links.values();
  }

  linkNamed(name: string): KernelLink | undefined {
    for (const link of this.#links.values()) if (link.name === name) return link;
    return undefined;
  }

  /** An address that the kernel has, as somebody placed it: a macvlan may have been made for it. */
  placed(interfaceName: string, { address, family, prefixLength }: KernelAddress): PlacedAddress {
    const link = this.linkNamed(interfaceName);
    const on = link?.kind === "macvlan" && link.parent !== undefined ? this.linkName(link.parent) : undefined;
    const made = link === undefined || on === undefined ? {} : { made: { on, mac: link.mac } };
    return { interface: interfaceName, address, family, prefixLength, ...made };
  }

  linkName(index: number): string | undefined {
    return this.#links.get(index)?.name;
  }

  link(index: number): KernelLink | undefined {
    return this.#links.get(index);
  }

  addresses(): Iterable<KernelAddress> {
    return this.#addresses.values();
  }

  /** The subnets of all addresses, in the order in which the kernel named them. */
  subnets(): readonly Subnet[] {
    this.#subnets ??= [...this.#addresses.values()].flatMap((each): readonly Subnet[] => {
      const link = this.#links.get(each.linkIndex);
      const parsed = parseIpAddress(each.address);
      if (link === undefined || parsed === undefined) return [];
      return [{ link, address: each.address, bytes: parsed.bytes, prefixLength: each.prefixLength }];
    });
    return this.#subnets;
  }

  /** The subnets of all links, each once, however many addresses it has. */
  linkSubnets(): readonly LinkSubnet[] {
    this.#linkSubnets ??= grouped(this.subnets());
    return this.#linkSubnets;
  }

  /** Those of the links' subnets that an address belongs to. */
  linkSubnetsOf(address: string): readonly LinkSubnet[] {
    const before = this.#linkSubnetsOf.get(address);
    if (before !== undefined) return before;
    const wanted = parseIpAddress(address);
    if (wanted === undefined) return [];
    const isOf = ({ bytes, prefixLength }: LinkSubnet): boolean => sameSubnet(bytes, wanted.bytes, prefixLength);
    const found = this.linkSubnets().filter(isOf);
    this.#linkSubnetsOf.set(address, found);
    return found;
  }

  #forget(): void {
    this.#subnets = undefined;
    this.#linkSubnets = undefined;
    this.#linkSubnetsOf.clear();
  }

  /** Whether the interface of that name has the address, or one that lies on it has. */
  carries(interfaceName: string, address: string): boolean {
    const link = this.linkNamed(interfaceName);
    if (link === undefined) return false;
    const names = [...this.#links.values()].flatMap(({ name, parent }) => (parent === link.index ? [name] : []));
    return [interfaceName, ...names].some((name) => this.hasAddress(name, address));
  }

  /** Whether the interface of that name has the address, with whatever prefix length. */
  hasAddress(interfaceName: string, address: string): boolean {
    const link = this.linkNamed(interfaceName);
    if (link === undefined) return false;
    return [...this.#addresses.values()].some((each) => each.linkIndex === link.index && each.address === address);
  }
}

const keyOf = (address: KernelAddress): string => `${address.linkIndex} ${address.address}/${address.prefixLength}`;

function grouped(subnets: readonly Subnet[]): readonly LinkSubnet[] {
  const groups: { readonly first: Subnet; readonly addresses: string[] }[] = [];
  for (const subnet of subnets) {
    const same = groups.find(({ first }) => isSameSubnet(first, subnet));
    if (same === undefined) groups.push({ first: subnet, addresses: [subnet.address] });
    else same.addresses.push(subnet.address);
  }
  return groups.map(({ first: { link, bytes, prefixLength }, addresses }) => ({
    link,
    bytes,
    prefixLength,
    addresses,
  }));
}

const isSameSubnet = (a: Subnet, b: Subnet): boolean =>
  a.link === b.link && a.prefixLength === b.prefixLength && sameSubnet(a.bytes, b.bytes, a.prefixLength);
