import type { Command } from "commander";
import { print } from "./output.js";

/** `locum version`: what to write into a report. */
export function addVersionCommand(program: Command): void {
  program
    .command("version")
    .description("show the version")
    .action(() => print([`locum ${program.version()} (Node ${process.version}, ${process.platform} ${process.arch})`]));
}
