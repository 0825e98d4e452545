import type { KernelLink } from "./kernel.js";
import type { PathConfig } from "./path.js";

/** The interface that has a path's addresses: the one that is named, or the master of the members. */
export function pathLink(path: PathConfig, links: readonly KernelLink[]): KernelLink | undefined {
  if (path.interface !== undefined) return links.find(({ name }) => name === path.interface);
  const [first] = links.filter(({ name, master }) => path.members.includes(name) && master !== undefined);
  return first === undefined ? undefined : links.find(({ index }) => index === first.master);
}

/** The member links of a path that exist: those that are named, or those that belong to its interface. */
export function memberLinks(path: PathConfig, links: readonly KernelLink[]): readonly KernelLink[] {
  if (path.members.length > 0) return links.filter(({ name }) => path.members.includes(name));
  const link = pathLink(path, links);
  return link === undefined ? [] : links.filter(({ master }) => master === link.index);
}

/** What a path is called: its interface, or its members while their master is unknown. */
export const pathText = ({ interface: link, members }: PathConfig): string => link ?? members.join("+");
