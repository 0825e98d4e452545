import type { Command } from "commander";
import { explainLines } from "./explain-text.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";

interface ExplainFlags {
  readonly json?: true;
  readonly checks?: true;
}

/** `locum explain`: why a service is where it is, and for each other node why not. */
export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("say why a service is where it is, and for each other node why not")
    .argument("<service>")
    .option("--checks", "list every check of where its addresses can be on this node")
    .option("--json", "for programs")
    .action(async (service: string, flags: ExplainFlags, command: Command) => {
      const explanation = await clientOf(command).explain(service);
      if (flags.json === true) printJson(explanation);
      else
        print(explainLines(explanation, { ...layoutOfOutput(), now: new Date() }, { checks: flags.checks === true }));
    });
}
