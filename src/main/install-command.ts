import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { LocumError } from "../base/locum-error.js";
import { EXIT, WRONG_USAGE } from "../cli/exit-code.js";
import { print } from "../cli/output.js";
import type { UnitOptions } from "../daemon/install-unit.js";
import type { Cluster } from "../model/cluster.js";
import type { UnitNeeds } from "../model/configuration/unit-needs.js";

const PROGRAM: string = fileURLToPath(new URL("../../../bin/locum", import.meta.url));

interface InstallFlags {
  readonly config: string;
  readonly node?: string;
  readonly now?: boolean;
  readonly print?: boolean;
  readonly uninstall?: boolean;
}

/** `locum install`: makes the agent a service of this machine. */
export function addInstallCommand(program: Command): void {
  program
    .command("install")
    .description("make the agent a systemd service of this machine, started with it")
    .option("--config <file>", "the cluster file", "/etc/locum/cluster.yaml")
    .option("--node <name>", "which node of the file this machine is (default: the one with its host name)")
    .option("--now", "start it at once, too")
    .option("--print", "only show the unit")
    .option("--uninstall", "stop the agent in order, and take the unit away")
    .action((flags: InstallFlags) => run(flags));
}

async function run(flags: InstallFlags): Promise<void> {
  const { install, thisMachine, uninstall } = await import("../daemon/install.js");
  const { unitText } = await import("../daemon/install-unit.js");
  if (flags.uninstall === true) return print(uninstall(thisMachine()));
  const options = await unitOptions(flags);
  if (options === undefined) return;
  if (flags.print === true) return void process.stdout.write(unitText(options));
  const { said, isAsAsked } = install({ ...options, now: flags.now ?? false }, thisMachine());
  print(said);
  if (!isAsAsked) process.exitCode = EXIT.failed;
}

/** Undefined where the file is wrong, or has no such node, which then was said. */
async function unitOptions(flags: InstallFlags): Promise<UnitOptions | undefined> {
  const { config, node } = flags;
  const needs = await needsOf(flags);
  if (needs === undefined) return undefined;
  return {
    node: realpathSync(process.execPath),
    program: realpathSync(PROGRAM),
    config: resolve(config),
    ...(node === undefined ? {} : { nodeName: node }),
    ...needs,
  };
}

/** The file need not be there yet; one that is wrong, or of other nodes, would make a unit that cannot start. */
async function needsOf({ config, node, now, print: onlyShown }: InstallFlags): Promise<UnitNeeds | undefined> {
  const { hostname } = await import("node:os");
  const { readConfigurationText } = await import("../os/node/configuration-file.js");
  const { clusterOfText } = await import("./cluster-of-file.js");
  const { unitNeeds } = await import("../model/configuration/unit-needs.js");
  const text = readConfigurationText(config);
  if (!text.ok && !existsSync(config)) {
    if (now === true && onlyShown !== true) throw noFileToStartWith(config);
    return needsOfNoFile(config);
  }
  const cluster = clusterOfText(config, text);
  if (cluster === undefined) return undefined;
  if (node !== undefined) await checkNode(cluster, node);
  else if (now === true && onlyShown !== true) await checkNode(cluster, hostname());
  else await checkHostName(config, cluster, hostname());
  return unitNeeds(cluster, node ?? hostname());
}

const noFileToStartWith = (config: string): LocumError =>
  new LocumError({
    code: WRONG_USAGE,
    message: `Cannot start the agent: ${config} is not there yet`,
    advice: "Make it, and look at it with `locum check`; without --now, the unit is written for later",
  });

function needsOfNoFile(config: string): UnitNeeds {
  process.stderr.write(`locum: ${config} is not there yet: the unit is for a cluster without programs and commands
  When the file is as it should be (\`locum check\`), run this again
`);
  return { hasPrivilegedPort: false, runsCommands: false };
}

/** A machine that is being made may get its host name later: the unit is good once it has that of a node. */
async function checkHostName(config: string, cluster: Cluster, hostName: string): Promise<void> {
  if (cluster.nodes.some(({ name }) => name === hostName)) return;
  const { nodeNotInFile } = await import("../model/configuration/machine-check.js");
  const { message, advice } = nodeNotInFile(cluster, hostName);
  process.stderr.write(`locum: the agent of this unit cannot start while this machine is called ${hostName}
  ${config}: ${message}
  ${advice}
`);
}

async function checkNode(cluster: Cluster, node: string): Promise<void> {
  if (cluster.nodes.some(({ name }) => name === node)) return;
  const { nodeNotInFile } = await import("../model/configuration/machine-check.js");
  const { message, advice } = nodeNotInFile(cluster, node);
  throw new LocumError({ code: WRONG_USAGE, message, advice });
}
