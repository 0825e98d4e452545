import { hostname } from "node:os";
import type { Command } from "commander";
import { ok, refused, type Result } from "../base/result.js";
import { check, type CheckPorts } from "../cli/check.js";
import { finish } from "../cli/output.js";
import type { KernelSnapshot } from "../model/kernel.js";
import { readKernel } from "../os/linux/addresses.js";
import { missingCapabilities, ownCapabilities } from "../os/linux/capabilities.js";
import { NETLINK, NetlinkSocket } from "../os/linux/netlink-socket.js";
import { parseConfigurationText, readConfigurationText } from "../os/node/configuration-file.js";
import { gatherMachineFacts } from "../os/node/machine-facts.js";

const PORTS: CheckPorts = {
  readText: readConfigurationText,
  parse: parseConfigurationText,
  hostName: hostname,
  facts: (cluster, node) =>
    gatherMachineFacts(cluster, node, { kernel: kernelNow(), missingRights: missingCapabilities(ownCapabilities()) }),
};

/** `locum check`: everything that can be found wrong before it hurts. */
export function addCheckCommand(program: Command): void {
  program
    .command("check")
    .description("find everything in the cluster file and on this machine that would hurt later; changes nothing")
    .option("--config <file>", "the cluster file", "/etc/locum/cluster.yaml")
    .option("--node <node>", "which node of the file this machine is (default: the host name, if it is one)")
    .option("--json", "for programs")
    .action(({ config, node, json }: { readonly config: string; readonly node?: string; readonly json?: true }) => {
      finish(check({ config, node, json: json === true }, PORTS));
    });
}

function kernelNow(): Result<KernelSnapshot, string> {
  const netlink = new NetlinkSocket(NETLINK.route);
  try {
    const kernel = readKernel(netlink);
    return kernel.ok ? ok(kernel.value) : refused(kernel.problem.message);
  } finally {
    netlink.close();
  }
}
