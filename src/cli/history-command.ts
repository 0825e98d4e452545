import type { Command } from "commander";
import { historyLines } from "./history-text.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";
import { parseSince } from "./since.js";

interface HistoryFlags {
  readonly json?: true;
  readonly since?: Date;
}

/** `locum history`: how long each service was served, each outage with its length and cause. */
export function addHistoryCommand(program: Command): void {
  program
    .command("history")
    .description("show when services were not served, how long and why, and how much of the time they were")
    .argument("[service]", "only this one (default: all)")
    .option("--json", "for programs")
    .option(
      "--since <time>",
      "only from then on: 10m or 2h (ago), 14:03, or a time in ISO 8601 (default: all that is kept)",
      (text) => parseSince(text),
    )
    .action(async (service: string | undefined, { json, since }: HistoryFlags, command: Command) => {
      const history = await clientOf(command).history({ service, since });
      if (json === true) printJson(history);
      else print(historyLines(history, layoutOfOutput()));
    });
}
