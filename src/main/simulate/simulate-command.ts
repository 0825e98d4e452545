import type { Command } from "commander";
import type { SimulateFlags } from "./simulate.js";

/** `locum simulate`: what would happen, without an agent and without touching anything. */
export function addSimulateCommand(program: Command): void {
  program
    .command("simulate")
    .description("say what would happen if something failed; changes nothing and needs no agent")
    .option("--config <file>", "the cluster file", "/etc/locum/cluster.yaml")
    .option(
      "--fault <fault>",
      'what happens, several in order: "node web1 down", "link web1 a down", "interface web1 eth0 down", "network a down" (or up), "drain web1", "resume web1", "attribute web1 fit=false" (default: nothing)',
      (text: string, earlier: readonly string[] = []) => [...earlier, text],
    )
    .option("--json", "for programs")
    .action(async (flags: SimulateFlags) => {
      const { simulate } = await import("./simulate.js");
      simulate(flags);
    });
}
