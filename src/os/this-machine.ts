import { ok, refused, type Result } from "../base/result.js";
import type { Cluster } from "../model/cluster.js";
import type { MachineFacts } from "../model/configuration/machine-facts.js";
import type { KernelSnapshot } from "../model/kernel.js";
import type { NodeName } from "../model/names.js";
import { readKernel } from "./linux/addresses.js";
import { missingCapabilities, ownCapabilities } from "./linux/capabilities.js";
import { NETLINK, NetlinkSocket } from "./linux/netlink-socket.js";
import { gatherMachineFacts } from "./node/machine-facts.js";

/** What the checks of this machine, as a node of the cluster, are made from. Changes nothing. */
export const factsOfThisMachine = (cluster: Cluster, node: NodeName): MachineFacts =>
  gatherMachineFacts(cluster, node, {
    kernel: kernelNow(),
    missingRights: missingCapabilities(ownCapabilities()),
  });

function kernelNow(): Result<KernelSnapshot, string> {
  const netlink = new NetlinkSocket(NETLINK.route);
  try {
    const kernel = readKernel(netlink);
    return kernel.ok ? ok(kernel.value) : refused(kernel.problem.message);
  } finally {
    netlink.close();
  }
}
