import { paintFor } from "./paint.js";
import type { TableLayout } from "./table.js";
import type { CommandResult } from "./command-result.js";
import { LocumClient } from "../client/client.js";
import type { Command } from "commander";

/** The agent that a command shall ask. */
export function clientOf(command: Command): LocumClient {
  const { socket } = command.optsWithGlobals<{ readonly socket?: string }>();
  return new LocumClient({ socketPath: socket });
}

export function print(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** Output for a program: one value, or with `perLine` one value a line. */
export function printJson(value: unknown, { perLine = false }: { readonly perLine?: boolean } = {}): void {
  process.stdout.write(`${JSON.stringify(value, null, perLine ? 0 : 2)}\n`);
}

/** So wide is what goes to a file or a pipe: nothing is wrapped, for tools that look for lines. */
const UNWRAPPED_WIDTH = 10_000;

/** How standard output looks now: a terminal may be resized at any time. */
export function layoutOfOutput(): TableLayout {
  const columns = process.stdout.columns ?? Number(process.env["COLUMNS"]);
  return { width: columns > 0 ? columns : UNWRAPPED_WIDTH, paint: paintFor(process.stdout, process.env) };
}

/** Says what a command found, and makes its exit code the program's. */
export function finish({ exitCode, stdout, stderr }: CommandResult): void {
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exitCode;
}
