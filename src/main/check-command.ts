import type { Command } from "commander";
import { clientOf, finish } from "../cli/output.js";

interface CheckFlags {
  readonly config: string;
  readonly node?: string;
  readonly json?: true;
}

/** `locum check`: everything that can be found wrong before it hurts. */
export function addCheckCommand(program: Command): void {
  program
    .command("check")
    .description("find everything in the cluster file and on this machine that would hurt later; changes nothing")
    .option("--config <file>", "the cluster file", "/etc/locum/cluster.yaml")
    .option("--node <node>", "which node of the file this machine is (default: the host name, if it is one)")
    .option("--json", "for programs")
    .action(async ({ config, node, json }: CheckFlags, command: Command) => {
      // Loaded only here, like all that reads the cluster file: it would double the time that `locum status` takes.
      const { check } = await import("../cli/check.js");
      const { THIS_MACHINE } = await import("./check-ports.js");
      const { previewReload } = await import("./reload-preview.js");
      const reload = await previewReload(clientOf(command));
      finish(check({ config, node, json: json === true }, { ...THIS_MACHINE, reload }));
    });
}
