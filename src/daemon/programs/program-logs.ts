/** The output of programs as it is kept in an agent's state directory, for `locum logs`. */
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LocumError } from "../../base/locum-error.js";
import { nearest } from "../../base/nearest.js";
import { isName } from "../../model/names.js";
import { refusalText } from "../../os/node/file-refusal.js";
import { programLogFile } from "../../os/node/program-log.js";
import { endOfLog, followLog, lastLogLines, type LogLine, type LogPlace } from "../../os/node/program-log-reader.js";
import { isMissing } from "../records/file-error.js";

export interface ShownLine extends LogLine {
  readonly program: string;
}

/** The log of one program, and where it ended when it was looked for: what follows begins there. */
export interface ProgramLogFile {
  readonly program: string;
  readonly file: string;
  readonly end: LogPlace;
}

/** Below the state directory. */
const LOGS = "logs";

/** Where the programs of a node have their output. */
export const logsDirectory = (state: string): string => join(state, LOGS);

/** Only root can read the agent's directory; where that is not there, another user could not tell. */
const isRootUser = (): boolean => process.geteuid?.() === 0;

/**
 * The logs of a service, or of one program of it.
 * @param target as in `shop` or `shop/db`.
 * @throws {LocumError} when there is none, or this user may not read them.
 */
export async function logsOf(
  state: string,
  target: string,
  isRoot: boolean = isRootUser(),
): Promise<readonly ProgramLogFile[]> {
  const [service = "", program, ...more] = target.split("/");
  const names = program === undefined ? [service] : [service, program];
  if (more.length > 0 || !names.every(isName)) throw noLog(target, "that is no such name");
  const logs = logsDirectory(state);
  const programs = await programsWithLog(logs, service);
  if (programs.length === 0) throw isRoot ? await noneOf(logs, service) : unreadable(logs, "only root can", undefined);
  if (program !== undefined && !programs.includes(program))
    throw noLog(target, `${service} has some of: ${programs.join(", ")}`);
  const wanted = program === undefined ? programs : [program];
  const files = wanted.map((name) => ({ program: name, file: programLogFile(logs, service, name) }));
  return Promise.all(files.map(async (each) => ({ ...each, end: await endOfLog(each.file) })));
}

/** The last lines of all of them, oldest first, up to where they ended when they were looked for. */
export async function latestLines(logs: readonly ProgramLogFile[], count: number): Promise<readonly ShownLine[]> {
  const found = await Promise.all(
    logs.map(async ({ program, file, end }) =>
      (await lastLogLines(file, count, end)).map((line) => ({ program, ...line })),
    ),
  );
  const sorted = found.flat().toSorted((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  return count === 0 ? [] : sorted.slice(-count);
}

/** Calls with each line that is written from then on, until the signal says that it is enough. */
export async function followLogs(
  logs: readonly ProgramLogFile[],
  onLine: (line: ShownLine) => void,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    logs.map(async ({ program, file, end }) => {
      for await (const line of followLog(file, signal, end)) onLine({ program, ...line });
    }),
  );
}

async function programsWithLog(logs: string, service: string): Promise<readonly string[]> {
  const files = await namesIn(dirname(programLogFile(logs, service, "any")));
  return files.flatMap((name) => /^(.+)\.log$/.exec(name)?.[1] ?? []).toSorted();
}

/** A program that runs and never wrote a word has none, and may be meant; so may another service. */
async function noneOf(logs: string, wanted: string): Promise<LocumError> {
  const services = (await namesIn(logs)).toSorted();
  const meant = nearest(wanted, services);
  if (meant !== undefined) return noLog(wanted, `did you mean ${meant}?`);
  const others = services.length === 0 ? "" : `, as those of ${services.join(", ")} have`;
  const advice = `Whether they run, \`locum status\` says, and \`locum events --service ${wanted}\` what became of them; a unit of systemd writes to the journal`;
  return noLog(wanted, `no program of it has written any here${others}`, advice);
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(directory, refusalText(error), error);
  }
}

const unreadable = (directory: string, why: string, cause: unknown): LocumError =>
  new LocumError(
    { code: "logs-unreadable", message: `Cannot read ${directory}: ${why}`, advice: "Run it as root" },
    cause,
  );

const noLog = (target: string, why: string, advice?: string): LocumError =>
  new LocumError({
    code: "no-log",
    message: `There is no output of ${target} on this machine: ${why}`,
    ...(advice === undefined ? {} : { advice }),
  });
