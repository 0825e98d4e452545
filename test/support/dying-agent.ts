/*
 * An agent that is killed in the middle of a change of paths: right after the change of an interface whose number, counted
 * from 1 since the file was written, is in /run/die-after.
 */
import { existsSync, readFileSync } from "node:fs";
import { readConfiguration } from "../../src/daemon/configuration-source.js";
import { runAgent } from "../../src/daemon/agent-process.js";
import { LinuxKernel } from "../../src/os/linux/linux-kernel.js";

const [node = ""] = process.argv.slice(2);
const config = "/etc/locum/cluster.yaml";
const ORDER = "/run/die-after";
const configuration = readConfiguration(config, node);
if (!configuration.ok) throw new Error("the trial's configuration is good");

const { changeInterface } = LinuxKernel.prototype;
let changes = 0;
LinuxKernel.prototype.changeInterface = function (this: LinuxKernel, change) {
  const answer = changeInterface.call(this, change);
  if (!existsSync(ORDER)) return answer;
  changes += 1;
  if (changes >= Number(readFileSync(ORDER, "utf8"))) process.kill(process.pid, "SIGKILL");
  return answer;
};

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
