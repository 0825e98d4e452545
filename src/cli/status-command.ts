import type { Command } from "commander";
import type { LocumClient } from "../client/client.js";
import { watchOnScreen } from "./live-status.js";
import { clientOf, layoutOfOutput, print, printJson } from "./output.js";
import { isScreen } from "./paint.js";
import { statusLines } from "./status-text.js";

interface StatusFlags {
  readonly json?: true;
  readonly watch?: true;
}

/** `locum status`: one system view. */
export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .description("show who holds what, since when and why; nodes, networks, and what is wrong")
    .option("--json", "for programs; with --watch, one status a line")
    .option("--watch", "go on showing it as it changes")
    .action(async (flags: StatusFlags, command: Command) => {
      const client = clientOf(command);
      if (flags.watch === true) await watch(client, flags);
      else if (flags.json === true) printJson(await client.status());
      else print(statusLines(await client.status(), { ...layoutOfOutput(), now: new Date() }));
    });
}

async function watch(client: LocumClient, { json }: StatusFlags): Promise<void> {
  if (json !== true && isScreen(process.stdout, process.env)) return watchOnScreen(client);
  let isFirst = true;
  for await (const status of client.watch()) {
    if (json === true) printJson(status, { perLine: true });
    else print([...(isFirst ? [] : [""]), ...statusLines(status, { ...layoutOfOutput(), now: new Date() })]);
    isFirst = false;
  }
  return undefined;
}
