/**
 * What this machine's kernel has, kept up to date from events: links, and addresses on them.
 *
 * Decides nothing itself. Events may repeat what a snapshot already said; the table then stays as it is.
 */
import type { KernelAddress, KernelLink, KernelSnapshot } from "../../model/kernel.js";

export class KernelTable {
  readonly #links = new Map<number, KernelLink>();
  readonly #addresses = new Map<string, KernelAddress>();

  /** Takes a full reading in place of everything known. */
  replace(snapshot: KernelSnapshot): void {
    this.#links.clear();
    this.#addresses.clear();
    for (const link of snapshot.links) this.#links.set(link.index, link);
    for (const address of snapshot.addresses) this.#addresses.set(keyOf(address), address);
  }

  /** The link as it was before, if it was known. */
  setLink(link: KernelLink): KernelLink | undefined {
    const before = this.#links.get(link.index);
    this.#links.set(link.index, link);
    return before;
  }

  removeLink(index: number): KernelLink | undefined {
    const before = this.#links.get(index);
    this.#links.delete(index);
    for (const [key, address] of this.#addresses) if (address.linkIndex === index) this.#addresses.delete(key);
    return before;
  }

  addAddress(address: KernelAddress): void {
    this.#addresses.set(keyOf(address), address);
  }

  removeAddress(address: KernelAddress): void {
    this.#addresses.delete(keyOf(address));
  }

  links(): Iterable<KernelLink> {
    return this.#links.values();
  }

  linkNamed(name: string): KernelLink | undefined {
    return [...this.#links.values()].find((link) => link.name === name);
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

  /** Whether the interface of that name has the address, with whatever prefix length. */
  hasAddress(interfaceName: string, address: string): boolean {
    const link = this.linkNamed(interfaceName);
    if (link === undefined) return false;
    return [...this.#addresses.values()].some((each) => each.linkIndex === link.index && each.address === address);
  }
}

const keyOf = (address: KernelAddress): string => `${address.linkIndex} ${address.address}/${address.prefixLength}`;
