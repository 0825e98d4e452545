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

/**
 * The logs of a service, or of one program of it.
 * @param target as in `shop` or `shop/db`.
 * @throws {LocumError} when there is none, or this user may not read them.
 */
export async function logsOf(state: string, target: string): Promise<readonly ProgramLogFile[]> {
  const [service = "", program, ...more] = target.split("/");
  const names = program === undefined ? [service] : [service, program];
  if (more.length > 0 || !names.every(isName)) throw noLog(target, "that is no such name");
  const logs = logsDirectory(state);
  const programs = await programsWithLog(logs, service);
  if (programs.length === 0) throw noLog(service, await servicesText(logs, service));
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

async function servicesText(logs: string, wanted: string): Promise<string> {
  const services = (await namesIn(logs)).toSorted();
  if (services.length === 0) return `no program has run on this machine, as ${logs} says`;
  const meant = nearest(wanted, services);
  return meant === undefined ? `there is some of ${services.join(", ")}` : `did you mean ${meant}?`;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isMissing(error)) return [];
    const message = `Cannot read ${directory}: ${refusalText(error)}`;
    throw new LocumError({ code: "logs-unreadable", message, advice: "Run it as root" }, error);
  }
}

const noLog = (target: string, why: string): LocumError =>
  new LocumError({ code: "no-log", message: `There is no output of ${target} on this machine: ${why}` });
