import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import type { ServiceAddress } from "../cluster.js";
import type { KernelAddress, KernelLink, KernelSnapshot } from "../kernel.js";

/** An interface and its address whose subnet a service address lies in. */
export interface SubnetInterface {
  readonly link: KernelLink;
  readonly by: KernelAddress;
}

/**
 * The interfaces that have another address in the subnet of a service address, each once, in the kernel's order; the
 * agent takes the first.
 * @param isServiceAddress tells the addresses that move: they are no sign that a subnet belongs on an interface.
 */
export function interfacesInSubnet(
  wanted: ServiceAddress,
  kernel: KernelSnapshot,
  isServiceAddress: (address: string) => boolean,
): readonly SubnetInterface[] {
  const found = new Map<number, SubnetInterface>();
  for (const by of kernel.addresses) {
    if (isServiceAddress(by.address) || found.has(by.linkIndex) || !covers(by, wanted)) continue;
    const link = kernel.links.find(({ index }) => index === by.linkIndex);
    if (link !== undefined) found.set(link.index, { link, by });
  }
  return [...found.values()];
}

function covers(by: KernelAddress, wanted: ServiceAddress): boolean {
  if (by.family !== wanted.family) return false;
  const [a, b] = [parseIpAddress(by.address), parseIpAddress(wanted.address)];
  return a !== undefined && b !== undefined && sameSubnet(a.bytes, b.bytes, by.prefixLength);
}
