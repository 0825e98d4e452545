import type { Command } from "commander";
import { explainLines } from "./explain-text.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";

/** `locum explain`: why a service is where it is, and for each other node why not. */
export function addExplainCommand(program: Command): void {
  program
    .command("explain")
    .description("say why a service is where it is, and for each other node why not")
    .argument("<service>")
    .option("--json", "for programs")
    .action(async (service: string, flags: { readonly json?: true }, command: Command) => {
      const explanation = await clientOf(command).explain(service);
      if (flags.json === true) printJson(explanation);
      else print(explainLines(explanation, { ...layoutOfOutput(), now: new Date() }));
    });
}
