/**
 * Finds the interface that a service address belongs on, on this machine: the named one, or the one that has another
 * address in the same subnet. Says why there is none.
 */
import { parseIpAddress, sameSubnet } from "../../base/ip-address.js";
import { type Result, ok, refused } from "../../base/result.js";
import type { ServiceAddress } from "../../model/cluster.js";
import type { KernelLink } from "../../model/kernel.js";
import type { UnfitReason } from "../../model/node-state.js";
import type { KernelTable } from "./kernel-table.js";

/**
 * @param isServiceAddress tells the addresses that move: they are no sign that a subnet belongs on an interface.
 */
export function locate(
  address: ServiceAddress,
  kernel: KernelTable,
  isServiceAddress: (address: string) => boolean,
): Result<KernelLink, UnfitReason> {
  if (address.interface !== undefined) {
    const link = kernel.linkNamed(address.interface);
    return link === undefined ? refused({ code: "interface-missing", detail: address.interface }) : ok(link);
  }
  const wanted = parseIpAddress(address.address);
  const found = kernel
    .subnets()
    .find(
      (subnet) =>
        wanted !== undefined &&
        !isServiceAddress(subnet.address) &&
        sameSubnet(subnet.bytes, wanted.bytes, subnet.prefixLength),
    );
  return found === undefined ? refused({ code: "no-subnet", detail: address.address }) : ok(found.link);
}
