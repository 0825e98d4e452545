/*
 * Starts a program as a process that inherits nothing of the agent: a session, a clean environment, default signals (Node
 * sees to these), ordinary scheduling and chances in want of memory, its user with the user's groups, and a place in its
 * control groups before its own code runs, so that nothing of it is ever outside.
 *
 * A shell does the last three, since no system call for a child-to-be can: it enters the groups, then becomes the program.
 * Its own words, should one of these fail, begin with its name.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { MARK } from "../linux/marked-processes.js";
import { refusalText } from "./file-refusal.js";
import { own } from "./own-children.js";
import type { UserIdentity } from "./user-identity.js";

const SHELL = "/bin/sh";
/** What the shell calls itself. */
export const STARTER = "locum-start";
/** By its place: the path in which a program looks for commands may lead to files of its user, and this runs as root. */
const SWITCHER = "/usr/bin/setpriv";
/** What most programs are made for, and systemd gives to them: Node has raised its own to the limit. */
const OPEN_FILES = 1_024;
const SCRIPT = `umask 022
ulimit -S -n ${OPEN_FILES}
{ echo 0 >/proc/self/oom_score_adj; } 2>/dev/null
[ -z "$WATCHDOG_USEC" ] || export WATCHDOG_PID=$$
for entry do
  shift
  [ "$entry" = -- ] && break
  echo 0 >"$entry" || exit 126
done
exec "$@"`;

/** Where commands are looked for by programs, and by what is run for them. */
export const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const ROOT_DIRECTORY = "/";

export interface ProcessOrder {
  readonly command: readonly string[];
  readonly directory: string | undefined;
  /** Undefined: this process's own user. */
  readonly identity: UserIdentity | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** Files of control groups to enter. */
  readonly entries: readonly string[];
  /** Value of the mark by which its processes are known where there are no control groups. */
  readonly mark: string;
}

/** Its input is empty. */
export type StartedProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Its standard output and error are pipes; its input is empty. Errors of the start come as events, as usual. */
export function startProcess(order: ProcessOrder): StartedProcess {
  const { command, directory, identity, entries } = order;
  const argv = ["-c", SCRIPT, STARTER, ...entries, "--", ...switching(identity), ...command];
  const child = spawn(SHELL, argv, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    cwd: directory ?? ROOT_DIRECTORY,
    env: environmentOf(order),
  });
  return own(child);
}

const switching = (identity: UserIdentity | undefined): readonly string[] =>
  identity === undefined ? [] : [SWITCHER, `--reuid=${identity.uid}`, `--regid=${identity.gid}`, "--init-groups", "--"];

function environmentOf({ identity, environment, mark }: ProcessOrder): Record<string, string> {
  const own = { PATH, LANG: "C.UTF-8" };
  const users =
    identity === undefined
      ? {}
      : { HOME: identity.home, LOGNAME: identity.name, USER: identity.name, SHELL: identity.shell };
  return { ...own, ...users, ...environment, [MARK]: mark };
}

/** Why a command can't be started, as far as that can be seen beforehand; words that follow a colon. */
export function commandProblem(command: readonly string[], directory: string | undefined): string | undefined {
  const [file = ""] = command;
  try {
    if (!statSync(file).isFile()) return `${file} is no file`;
    accessSync(file, constants.X_OK);
  } catch (error) {
    return `${file} can't be executed: ${refusalText(error)}`;
  }
  return directory === undefined ? undefined : directoryProblem(directory);
}

function directoryProblem(directory: string): string | undefined {
  try {
    return statSync(directory).isDirectory() ? undefined : `${directory} is no directory`;
  } catch (error) {
    return `${directory} can't be its directory: ${refusalText(error)}`;
  }
}

/** Whether a process that was just started has become the program. One that has ended says nothing any more. */
export function isProgram(pid: number): boolean {
  let commandLine: string;
  try {
    commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return false;
  }
  const isStarter = commandLine.startsWith(`${SHELL}\0-c\0umask`) || commandLine.startsWith(`${SWITCHER}\0--reuid`);
  return commandLine !== "" && !isStarter;
}

/** Statuses of a shell, and of its like, that could not become the program. */
export const isStarterStatus = (status: number | null): boolean => status === 126 || status === 127;

/** What the starter said of its failure; undefined when the line is the program's own. */
export function starterWords(line: string): string | undefined {
  const words = /^(?:locum-start: (?:(?:line )?\d+: )?(?:exec: )?|setpriv: )(.+)$/.exec(line);
  return words?.[1];
}
