import { hostname } from "node:os";
import { ok, refused, type Result } from "../base/result.js";
import type { CheckPorts } from "../cli/check.js";
import type { KernelSnapshot } from "../model/kernel.js";
import { readKernel } from "../os/linux/addresses.js";
import { missingCapabilities, ownCapabilities } from "../os/linux/capabilities.js";
import { NETLINK, NetlinkSocket } from "../os/linux/netlink-socket.js";
import { parseConfigurationText, readConfigurationText } from "../os/node/configuration-file.js";
import { gatherMachineFacts } from "../os/node/machine-facts.js";

/** This machine, as `locum check` looks at it. */
export const THIS_MACHINE: CheckPorts = {
  readText: readConfigurationText,
  parse: parseConfigurationText,
  hostName: hostname,
  facts: (cluster, node) =>
    gatherMachineFacts(cluster, node, { kernel: kernelNow(), missingRights: missingCapabilities(ownCapabilities()) }),
};

function kernelNow(): Result<KernelSnapshot, string> {
  const netlink = new NetlinkSocket(NETLINK.route);
  try {
    const kernel = readKernel(netlink);
    return kernel.ok ? ok(kernel.value) : refused(kernel.problem.message);
  } finally {
    netlink.close();
  }
}
