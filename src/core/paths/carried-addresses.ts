import { isLinkLocal } from "../../base/ip-address.js";
import type { KernelLink } from "../../model/kernel.js";
import type { KernelTable } from "../addresses/kernel-table.js";
import type { MovingAddress } from "./move-eligibility.js";

export const vlansOn = (link: KernelLink | undefined, kernel: KernelTable): readonly KernelLink[] =>
  [...kernel.links()].filter(
    ({ parent, vlanId }) => link !== undefined && parent === link.index && vlanId !== undefined,
  );

/** The addresses on a link and on the VLANs upon it, but for those that the kernel makes by itself. */
export function carriedBy(link: KernelLink | undefined, kernel: KernelTable): readonly MovingAddress[] {
  if (link === undefined) return [];
  const vlans = vlansOn(link, kernel);
  const vlanIds = new Map([[link.index, undefined], ...vlans.map(({ index, vlanId }) => [index, vlanId] as const)]);
  return [...kernel.addresses()]
    .filter(({ linkIndex, address }) => vlanIds.has(linkIndex) && !isLinkLocal(address))
    .map(({ linkIndex, address }) => {
      const vlanId = vlanIds.get(linkIndex);
      return vlanId === undefined ? { address } : { address, vlanId };
    });
}
