/*
 * Starts a program as a process that inherits nothing of the agent: a session, a clean environment, default signals (Node
 * sees to these), ordinary scheduling and chances in want of memory, its user with the user's groups, and a place in its
 * control groups before its own code runs, so that nothing of it is ever outside.
 *
 * A shell does the last three, since no system call for a child-to-be can: it enters the groups, then becomes the program.
 * Its own words, should one of these fail, begin with its name.
 *
 * What the configuration adds to the environment counts for the program alone. The dynamic linker, and whatever else goes by
 * the environment, would have it act in the shell and in `setpriv` already, as root: `LD_PRELOAD` may name a file that the
 * program's user can write. So it comes wrapped, and a second shell, which is that user already, unwraps it.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { accessSync, closeSync, constants, existsSync, fchownSync, readFileSync, statSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { O_CLOEXEC, pipe2 } from "../linux/libc.js";
import { OPEN_FILES } from "../linux/open-files.js";
import { MARK } from "../linux/marked-processes.js";
import { interpreterOf } from "./executable.js";
import { errnoOf, refusalText } from "./file-refusal.js";
import { describeError } from "../../base/locum-error.js";
import { checked } from "../linux/system-call-error.js";
import { own } from "./own-children.js";
import type { UserIdentity } from "./user-identity.js";

const SHELL = "/bin/sh";
/** What the shell calls itself. */
export const STARTER = "locum-start";
/** By its place: the path in which a program looks for commands may lead to files of its user, and this runs as root. */
export const SWITCHER = "/usr/bin/setpriv";
/** Begins the name under which a variable waits for the program to have its user. */
const WRAPPED = "LOCUM_WRAPPED_";
const PREPARE = `umask 022
ulimit -S -n ${OPEN_FILES}
{ echo 0 >/proc/self/oom_score_adj; } 2>/dev/null
for entry do
  shift
  [ "$entry" = -- ] && break
  echo 0 >"$entry" || exit 126
done`;
/** What else is a name, such as a parameter of a resource agent may have, a shell can't set, and it means nothing to others. */
const SETTABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const BECOME = `[ -z "$WATCHDOG_USEC" ] || export WATCHDOG_PID=$$
exec "$@"`;
/** The values are not looked at: nothing in them is expanded. */
const unwrap = (count: number): string =>
  [
    ...Array.from({ length: count }, (_, index) => `export "$${WRAPPED}${index}"; unset ${WRAPPED}${index}`),
    BECOME,
  ].join("\n");

/** Where a shell that waits is told the rest. Nothing of it is the program's. */
const ORDER_FD = 3;
const hear = (name: string): string => `IFS= read -r ${name} <&${ORDER_FD} || exit 0`;
/**
 * Each value is a line, after the program's directory, in which it is not before: file systems are mounted and unmounted while
 * it waits. When it has done all of that it says so, since whoever started it must know whether the program was.
 */
const awaitOrder = (names: readonly string[]): string =>
  [
    hear("LOCUM_DIRECTORY"),
    ...names.map((name) => `${hear(name)}\nexport ${name}`),
    `cd "$LOCUM_DIRECTORY" || exit 126`,
    "unset LOCUM_DIRECTORY OLDPWD",
    `echo >&${ORDER_FD}`,
    `exec ${ORDER_FD}>&-`,
  ].join("\n");
/** A shell may take other characters for its own. */
const PLAIN = /^[ -~]*$/;

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

/**
 * Its standard output and error are pipes; its input is empty. Some errors of the start come as events, as usual.
 *
 * @throws the others: `startRefusal` says them in words.
 */
export const startProcess = (order: ProcessOrder): StartedProcess =>
  withOutput(order.identity, ([out, err]) =>
    spawn(SHELL, ["-c", ...scriptOf(order)], { ...spawnOptions(order), stdio: ["ignore", out, err] }),
  );

/**
 * A process that has done all that can be done before the program is wanted, and waits for the word. Entering a control
 * group takes longer than all the rest of a start. It ends by itself when whoever keeps it does.
 */
export class SpareProcess {
  readonly child: StartedProcess;
  readonly ended: Promise<void>;
  /** Whether it has become, or tried to become, the program; known at the latest a moment after it has ended. */
  readonly hasBegun: Promise<boolean>;
  readonly #directory: string;
  /** Undefined: it was not started. */
  readonly #orders: Socket | undefined;
  #isWaiting = true;
  #hasHeard = false;

  /**
   * @param late names of variables of the environment whose values are not known yet.
   * @throws as `startProcess` does.
   */
  constructor(order: ProcessOrder, late: readonly string[]) {
    const child = withOutput(order.identity, ([out, err]) =>
      spawn(SHELL, ["-c", ...scriptOf(order, awaitOrder(late))], {
        ...spawnOptions(order),
        cwd: ROOT_DIRECTORY,
        stdio: ["ignore", out, err, "pipe"],
      }),
    );
    this.#directory = order.directory ?? ROOT_DIRECTORY;
    this.ended = new Promise((resolve) => {
      child.on("error", () => resolve());
      child.on("exit", () => resolve());
      child.on("exit", () => (this.#isWaiting = false));
    });
    this.child = child;
    // Node makes no pipes where it has no room for them.
    const orders = child.pid === undefined ? undefined : (child.stdio[ORDER_FD] as Socket);
    this.#orders = orders;
    this.hasBegun = new Promise((resolve) => {
      if (orders === undefined) return resolve(false);
      orders.on("data", () => {
        this.#hasHeard = true;
        resolve(true);
      });
      orders.on("error", () => orders.destroy());
      orders.on("close", () => resolve(false));
    });
  }

  get isWaiting(): boolean {
    return this.#isWaiting && this.child.pid !== undefined;
  }

  /** Whether it has answered its order: what takes long from there on takes as long without a spare. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  /** Whether these can be told to it. */
  canHear(values: readonly string[]): boolean {
    return [this.#directory, ...values].every((value) => PLAIN.test(value));
  }

  /** Has it become the program. @param values of the late variables, in their order. */
  begin(values: readonly string[]): void {
    this.#orders?.write([this.#directory, ...values].map((value) => `${value}\n`).join(""));
  }

  /** It is not wanted. */
  end(): void {
    this.child.kill("SIGKILL");
    for (const stream of [this.child.stdout, this.child.stderr, this.#orders]) stream?.destroy();
  }
}

type Pipe = readonly [reading: number, writing: number];

/**
 * Starts a process whose output goes into pipes. What Node calls so is a pair of sockets, and `/dev/stderr`, by which many
 * programs write their log, cannot be opened where it leads to one; nor by another user than the one whose it is.
 *
 * @throws what `start` throws, and when this process has no room for the pipes.
 */
function withOutput(
  identity: UserIdentity | undefined,
  start: (outlets: readonly [out: number, err: number]) => ChildProcess,
): StartedProcess {
  const out = openPipe(identity);
  let err: Pipe | undefined;
  let child: ChildProcess | undefined;
  try {
    err = openPipe(identity);
    child = start([out[1], err[1]]);
    const reading = ([fd]: Pipe): Socket => new Socket({ fd, readable: true, writable: false });
    return own(Object.assign(child, { stdin: null, stdout: reading(out), stderr: reading(err) }) as StartedProcess);
  } finally {
    for (const [reading, writing] of err === undefined ? [out] : [out, err]) {
      closeSync(writing);
      if (child === undefined) closeSync(reading);
    }
  }
}

/** @throws {SystemCallError} */
function openPipe(identity: UserIdentity | undefined): Pipe {
  const ends = new Int32Array(2);
  checked(pipe2(ends, O_CLOEXEC), "pipe2", "make a pipe for its output");
  const [reading = -1, writing = -1] = ends;
  try {
    if (identity !== undefined) fchownSync(writing, identity.uid, identity.gid);
  } catch {
    // A user who is none here: the switch to it fails too, and says so.
  }
  return [reading, writing];
}

const spawnOptions = (order: ProcessOrder): { detached: true; cwd: string; env: Record<string, string> } => ({
  detached: true,
  cwd: order.directory ?? ROOT_DIRECTORY,
  env: environmentOf(order),
});

/** What the shell is to do, its name, and what it is told beside. @param then after it has entered the groups. */
function scriptOf({ command, identity, entries, environment }: ProcessOrder, then = ""): readonly string[] {
  const become = unwrap(Object.keys(environment).filter((name) => SETTABLE.test(name)).length);
  const prepare = `${PREPARE}\n${then}`;
  if (identity === undefined) return [`${prepare}\n${become}`, STARTER, ...entries, "--", ...command];
  const user = [`--reuid=${identity.uid}`, `--regid=${identity.gid}`, "--init-groups"];
  const asUser = [SWITCHER, ...user, "--", SHELL, "-c", become, STARTER];
  return [`${prepare}\nexec "$@"`, STARTER, ...entries, "--", ...asUser, ...command];
}

function environmentOf({ identity, environment, mark }: ProcessOrder): Record<string, string> {
  const own = { PATH, LANG: "C.UTF-8" };
  const users =
    identity === undefined
      ? {}
      : { HOME: identity.home, LOGNAME: identity.name, USER: identity.name, SHELL: identity.shell };
  const given = Object.entries(environment);
  const others = given.filter(([name]) => !SETTABLE.test(name));
  const wrapped = given
    .filter(([name]) => SETTABLE.test(name))
    .map(([name, value], index) => [`${WRAPPED}${index}`, `${name}=${value}`]);
  return { ...own, ...users, ...Object.fromEntries([...others, ...wrapped]), [MARK]: mark };
}

const START_REFUSALS: Readonly<Record<string, string>> = {
  E2BIG: "its command or its environment is longer than the kernel takes (E2BIG)",
  EAGAIN: "there are too many processes already (EAGAIN)",
  ENOMEM: "there is no memory left for it (ENOMEM)",
  EMFILE: "too many files are open already (EMFILE)",
  ENFILE: "too many files are open on this machine already (ENFILE)",
};

/** Why a process could not be started, in words that follow a colon. @param error thrown, or of its event. */
export const startRefusal = (error: unknown): string => START_REFUSALS[errnoOf(error) ?? ""] ?? describeError(error);

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

/** How the command lines of a process begin that has not become the program yet. */
const STARTERS: readonly string[] = [
  `${SHELL}\0-c\0${PREPARE}`,
  `${SWITCHER}\0--reuid`,
  `${SHELL}\0-c\0export "$${WRAPPED}`,
  `${SHELL}\0-c\0${BECOME}\0${STARTER}`,
];

/** Whether a process that was just started has become the program. One that has ended says nothing any more. */
export function isProgram(pid: number): boolean {
  let commandLine: string;
  try {
    commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return false;
  }
  return commandLine !== "" && !STARTERS.some((start) => commandLine.startsWith(start));
}

/** Statuses of a shell, and of its like, that could not become the program. */
export const isStarterStatus = (status: number | null): boolean => status === 126 || status === 127;

/**
 * Why a command could not be executed, in words that follow a colon: of a file that is there, execve(2) says that it is not
 * when what is to read it is missing. @param words those of the starter
 */
export function executionProblem([file = ""]: readonly string[], words: string): string {
  const isMissing = /not found|No such file|bad interpreter/i.test(words);
  if (!isMissing || !words.includes(file) || !existsSync(file)) return words;
  const interpreter = interpreterOf(file);
  if (interpreter === undefined) return `${file} can't be executed: the loader that it is linked for does not exist`;
  const hint = interpreter.endsWith("\r") ? ": its lines end as on Windows" : "";
  return `${file} can't be executed: its interpreter ${JSON.stringify(interpreter)} does not exist${hint}`;
}

/** What the starter said of its failure; undefined when the line is the program's own. */
export function starterWords(line: string): string | undefined {
  const words = /^(?:locum-start: (?:(?:line )?\d+: )?(?:exec: )?|setpriv: )(.+)$/.exec(line);
  return words?.[1];
}
