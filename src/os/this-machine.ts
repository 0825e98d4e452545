import { ok, refused, type Result } from "../base/result.js";
import type { Cluster } from "../model/cluster.js";
import type { MachineFacts } from "../model/configuration/machine-facts.js";
import type { KernelSnapshot } from "../model/kernel.js";
import type { NodeName } from "../model/names.js";
import { readKernel } from "./linux/addresses.js";
import { missingCapabilities, ownCapabilities } from "./linux/capabilities.js";
import { NETLINK, NetlinkSocket } from "./linux/netlink-socket.js";
import { type LinuxFacts, gatherMachineFacts } from "./node/machine-facts.js";

/**
 * What the checks of this machine, as a node of the cluster, are made from. Changes nothing, and waits for no other
 * program.
 */
export const factsOfThisMachine = (cluster: Cluster, node: NodeName): MachineFacts =>
  gatherMachineFacts(cluster, node, linuxFacts(), { asksOthers: false });

/** The same, with what resource agents and directories of users answer: that may take seconds. */
export const thoroughFactsOfThisMachine = (cluster: Cluster, node: NodeName): MachineFacts =>
  gatherMachineFacts(cluster, node, linuxFacts(), { asksOthers: true });

const linuxFacts = (): LinuxFacts => ({
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
