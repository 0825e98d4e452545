/** A program that has the lab's commands and nothing else. */
import { Command } from "commander";
import { describeError } from "../../src/base/locum-error.js";
import { addLabCommand } from "../command.js";

const program = new Command("locum");
addLabCommand(program);
try {
  await program.parseAsync();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = 1;
}
