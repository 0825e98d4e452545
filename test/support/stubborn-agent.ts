/* An agent whose kernel keeps every address: it refuses all removals. */
import { readConfiguration } from "../../src/daemon/configuration-source.js";
import { runAgent } from "../../src/daemon/agent-process.js";
import { LinuxKernel } from "../../src/os/linux/linux-kernel.js";

const [node = ""] = process.argv.slice(2);
const config = "/etc/locum/cluster.yaml";
const configuration = readConfiguration(config, node);
if (!configuration.ok) throw new Error("the trial's configuration is good");
LinuxKernel.prototype.removeAddress = () => ({ code: "EPERM", message: "refused on purpose" });
await runAgent(
  {
    config,
    node,
    state: "/var/lib/locum",
    socket: "/run/locum/agent.sock",
    program: "0.0.0",
    missingOptions: undefined,
  },
  configuration.value,
);
