import { type Command, InvalidArgumentError } from "commander";
import type { ProgramLine } from "../cli/log-text.js";

interface LogsFlags {
  readonly follow?: true;
  readonly lines: number;
  readonly json?: true;
  readonly state: string;
}

const LINES_DEFAULT = 100;
const LINES_MAX = 100_000;

/** `locum logs`: what programs of services wrote on this machine. */
export function addLogsCommand(program: Command): void {
  program
    .command("logs")
    .description("show what the programs of a service wrote on this machine")
    .argument("<service/program>", "a service, or a service and one of its programs as in shop/db")
    .option("-f, --follow", "go on with what they write")
    .option("--lines <number>", "so many of the latest lines, up to 100000", parseLines, LINES_DEFAULT)
    .option("--json", "for programs: one line of output a line")
    .option("--state <dir>", "the agent's state directory", "/var/lib/locum")
    .action((target: string, flags: LogsFlags) => run(target, flags));
}

async function run(target: string, { state, lines, follow, json }: LogsFlags): Promise<void> {
  const { followLogs, latestLines, logsOf } = await import("../daemon/programs/program-logs.js");
  const { programLineText } = await import("../cli/log-text.js");
  const { layoutOfOutput, print, printJson } = await import("../cli/output.js");
  const show = (line: ProgramLine): void =>
    json === true ? printJson(line, { perLine: true }) : print([programLineText(line, layoutOfOutput().paint)]);
  const logs = await logsOf(state, target);
  for (const line of await latestLines(logs, lines)) show(line);
  // Until somebody ends it, or does not read it any more.
  if (follow === true) await followLogs(logs, show, new AbortController().signal);
}

function parseLines(text: string): number {
  const lines = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (lines <= LINES_MAX) return lines;
  throw new InvalidArgumentError(`Write a whole number up to ${LINES_MAX}.`);
}
