import { Command, CommanderError } from "commander";
import { describeError, LocumError } from "../base/locum-error.js";
import { EXIT, exitCodeOf } from "./exit-code.js";

/** The program without its commands. */
export function createProgram(version: string): Command {
  return new Command("locum")
    .description("Keeps service addresses available on two or more Linux machines.")
    .version(version)
    .option("--socket <path>", "the agent's socket (default: LOCUM_SOCKET, or /run/locum/agent.sock)")
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(add --help for all options)")
    .exitOverride();
}

/** Runs the command that the arguments name, and answers with the exit code. */
export async function runProgram(program: Command, argv: readonly string[]): Promise<number> {
  endQuietlyWhenNobodyReads();
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    return report(error);
  }
}

/** Says what went wrong, unless commander has said it already. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  const advice = error instanceof LocumError ? error.failure.advice : undefined;
  process.stderr.write(`locum: ${describeError(error)}\n${advice === undefined ? "" : `  ${advice}\n`}`);
  return exitCodeOf(error);
}

/** `locum events | head`: a closed pipe is no failure. */
function endQuietlyWhenNobodyReads(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.done);
    throw error;
  });
}
