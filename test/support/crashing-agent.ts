/* An agent with a defect: it throws where nobody expects it, when it is told to by SIGUSR2. */
import { readConfiguration } from "../../src/daemon/configuration-source.js";
import { runAgent } from "../../src/daemon/agent-process.js";

const [node = ""] = process.argv.slice(2);
const config = "/etc/locum/cluster.yaml";
const configuration = readConfiguration(config, node);
if (!configuration.ok) throw new Error("the trial's configuration is good");
process.on("SIGUSR2", () => {
  throw new Error("a defect made on purpose");
});
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
