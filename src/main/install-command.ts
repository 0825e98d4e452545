import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { print } from "../cli/output.js";
import type { UnitOptions } from "../daemon/install-unit.js";
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
  if (flags.print === true) return void process.stdout.write(unitText(options));
  print(install({ ...options, now: flags.now ?? false }, thisMachine()));
}

async function unitOptions({ config, node }: InstallFlags): Promise<UnitOptions> {
  return {
    node: realpathSync(process.execPath),
    program: realpathSync(PROGRAM),
    config: resolve(config),
    ...(node === undefined ? {} : { nodeName: node }),
    ...(await needsOf(config, node)),
  };
}

/** The file need not be there yet, nor be without errors: `locum check` is for that, and for a unit that does not suit it. */
async function needsOf(config: string, node: string | undefined): Promise<UnitNeeds> {
  const { hostname } = await import("node:os");
  const { loadCluster } = await import("../os/node/configuration-file.js");
  const { unitNeeds } = await import("../model/configuration/unit-needs.js");
  const cluster = loadCluster(config);
  if (cluster.ok) return unitNeeds(cluster.value, node ?? hostname());
  process.stderr.write(`locum: ${config} has no meaning yet: the unit is for a cluster without programs of services
  When the file is as it should be (\`locum check\`), run this again
`);
  return { hasPrivilegedPort: false };
}
