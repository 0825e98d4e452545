import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { known } from "../src/base/assert.js";
import { LocumError } from "../src/base/locum-error.js";
import { readLines } from "./lines.js";
import { cannotStart, TOOL_PATH } from "./tool.js";

export type OutputStream = "stdout" | "stderr";

export interface SpawnOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** As the host sees it; `/` unless given. */
  readonly workingDirectory?: string;
  /** Appends both outputs to a file outside of the lab. Otherwise they are read here. */
  readonly logFile?: string;
  /** Hears every line as it comes. Not with `logFile`. */
  readonly onLine?: (line: string, stream: OutputStream) => void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const TAIL_LINES_MAX = 200;

/** A process on a host of the lab. It ends with the lab at the latest. */
export class LabProcess {
  readonly argv: readonly string[];
  readonly pid: number;
  /** Settles when the process has ended and its output has been read. */
  readonly exited: Promise<Exit>;
  #running = true;
  readonly #child: ChildProcess;
  readonly #tail: string[] = [];
  readonly #onLine: SpawnOptions["onLine"];

  constructor(argv: readonly string[], child: ChildProcess, onLine?: SpawnOptions["onLine"]) {
    this.argv = argv;
    this.#child = child;
    this.#onLine = onLine;
    this.pid = known(child.pid, "a process that has started has a pid");
    this.exited = new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
    child.on("exit", () => (this.#running = false));
    child.stdin?.on("error", ignoreClosedPipe);
    this.#read("stdout");
    this.#read("stderr");
  }

  get running(): boolean {
    return this.#running;
  }

  /** The last lines of its output, for messages about its failure. */
  tail(): string {
    return this.#tail.join("\n");
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** Ends it and waits until it has ended. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    this.signal(signal);
    return this.exited;
  }

  #read(stream: OutputStream): void {
    const source = this.#child[stream];
    if (source !== null) readLines(source, (line) => this.#take(line, stream));
  }

  #take(line: string, stream: OutputStream): void {
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES_MAX) this.#tail.shift();
    this.#onLine?.(line, stream);
  }
}

/**
 * Starts a program behind `prefix`, which takes it to its host and then becomes it, so that the pid is the program's.
 * In a session of its own: Ctrl-C on the lab's terminal is for the lab to act on.
 */
export async function startProcess(
  prefix: readonly string[],
  argv: readonly string[],
  options: SpawnOptions = {},
): Promise<LabProcess> {
  const [program, ...rest] = [...prefix, ...argv];
  const log = options.logFile === undefined ? "pipe" : openSync(options.logFile, "a");
  const child = spawn(known(program, "there is a program to start"), rest, {
    detached: true,
    env: { ...process.env, PATH: TOOL_PATH, ...options.environment },
    stdio: ["pipe", log, log],
  });
  if (log !== "pipe") closeSync(log);
  await started(child, argv);
  return new LabProcess(argv, child, options.onLine);
}

function started(child: ChildProcess, argv: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => reject(cannotStart(argv.join(" "), cause)));
  });
}

/** The failure of a process that had to succeed. */
export function processFailed(process: LabProcess, exit: Exit): LocumError {
  return new LocumError({
    code: "lab.process-failed",
    message: `${process.argv.join(" ")} ended with ${exit.code ?? exit.signal}: ${process.tail()}`,
  });
}

/** A process may end before it has read its input; its exit code then says why. */
function ignoreClosedPipe(): void {}
