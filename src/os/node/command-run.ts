import { type ChildProcess, spawn } from "node:child_process";
import { refusalText } from "./file-refusal.js";
import { signalIfThere } from "./signal-if-there.js";

/** A command to be run, with all that limits it. */
export interface CommandRun {
  /** An absolute path and arguments: no shell reads them. */
  readonly command: readonly string[];
  readonly timeoutMs: number;
  /** What it reads on standard input. */
  readonly input: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What it was given and must not be seen, whatever it prints. */
  readonly secrets?: readonly string[];
}

export interface CommandEnd {
  /** Undefined: it ended with status 0. With the last line of its errors. */
  readonly problem: string | undefined;
  /** It asks to be run once more, later: its status was that of EX_TEMPFAIL (sysexits.h), 75. */
  readonly asksAgain?: true;
  /** The first line that it printed, or the beginning of it. */
  readonly output: string;
  readonly tookMs: number;
}

/** So much of a line is told; so many characters are kept of the beginning of the output, and of the end of the errors. */
const LINE_MAX = 256;
const KEPT_MAX = 8_192;
/** What is shorter is no secret: any text would be full of it. */
const SECRET_LENGTH_MIN = 3;
const MASK = "***";
const EX_TEMPFAIL = 75;
/** A command that prints more than this has lost its way. */
const PRINTED_MAX = 1_048_576;
/** What is left in the pipes of a command that has ended is there by now. */
const LAST_WORDS_MS = 100;

/** Runs a command to its end, or kills it and everything that it started in its process group. It never rejects. */
export function runCommand(run: CommandRun): Promise<CommandEnd> {
  return new Promise((resolve) => new Running(run, resolve));
}

/** The process groups that run now, for who must end with all of them. */
const groups = new Set<number>();

export function killAllCommands(): void {
  for (const group of groups) killGroup(group);
}

class Running {
  readonly #run: CommandRun;
  readonly #ended: (end: CommandEnd) => void;
  readonly #begin = performance.now();
  readonly #timeout: NodeJS.Timeout;
  readonly #printed = { output: "", errors: "", bytes: 0 };
  readonly #secrets: readonly string[];
  readonly #longest: number;
  #child: ChildProcess | undefined;
  #problem: string | undefined;
  #isDone = false;

  constructor(run: CommandRun, ended: (end: CommandEnd) => void) {
    this.#run = run;
    this.#ended = ended;
    // Of two that begin alike, the longer one must go as a whole.
    this.#secrets = (run.secrets ?? [])
      .filter(({ length }) => length >= SECRET_LENGTH_MIN)
      .toSorted((a, b) => b.length - a.length);
    this.#longest = this.#secrets[0]?.length ?? 0;
    this.#timeout = setTimeout(() => this.#kill(`it did not end within ${run.timeoutMs / 1_000} s`), run.timeoutMs);
    try {
      this.#start();
    } catch (error) {
      this.#finish(this.#refusal(error));
    }
  }

  #start(): void {
    const [program = "", ...args] = this.#run.command;
    const child = spawn(program, args, { detached: true, cwd: "/", env: this.#run.environment, stdio: "pipe" });
    this.#child = child;
    if (child.pid !== undefined) groups.add(child.pid);
    // Whoever does not read its input is not wrong.
    child.stdin.on("error", () => child.stdin.destroy());
    child.stdin.end(this.#run.input);
    child.stdout.on("data", (bytes: Buffer) => this.#take("output", bytes));
    child.stderr.on("data", (bytes: Buffer) => this.#take("errors", bytes));
    child.on("error", (error) => this.#finish(this.#refusal(error)));
    child.on("exit", (status, signal) => this.#exited(status, signal));
    child.on("close", (status, signal) => this.#finish(this.#problem ?? endText(status, signal), status));
  }

  #refusal(error: unknown): string {
    return `${this.#run.command[0] ?? ""} cannot be run: ${refusalText(error)}`;
  }

  #take(what: "output" | "errors", bytes: Buffer): void {
    const printed = this.#printed;
    printed.bytes += bytes.length;
    const all = printed[what] + bytes.toString("utf8");
    const most = KEPT_MAX + this.#longest;
    printed[what] = what === "output" ? all.slice(0, most) : all.slice(-most);
    if (printed.bytes > PRINTED_MAX) this.#kill(`it printed more than ${PRINTED_MAX} bytes`);
  }

  #kill(problem: string): void {
    this.#problem ??= problem;
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid);
  }

  /** What it left behind must not outlive it, nor keep its pipes open. */
  #exited(status: number | null, signal: NodeJS.Signals | null): void {
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid);
    setTimeout(() => this.#finish(this.#problem ?? endText(status, signal), status), LAST_WORDS_MS);
  }

  #finish(problem: string | undefined, status: number | null = null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    clearTimeout(this.#timeout);
    const { output, errors } = this.#printed;
    if (this.#child?.pid !== undefined) groups.delete(this.#child.pid);
    for (const pipe of [this.#child?.stdin, this.#child?.stdout, this.#child?.stderr]) pipe?.destroy();
    const said = this.#lastLine(errors);
    const tookMs = performance.now() - this.#begin;
    const why = problem === undefined || said === "" ? problem : `${problem}: ${said}`;
    const again = status === EX_TEMPFAIL ? { asksAgain: true as const } : {};
    this.#ended({ problem: why, output: this.#firstLine(output), tookMs, ...again });
  }

  /** Where it was cut off, half a secret may be left. */
  #firstLine(output: string): string {
    const whole = masked(output, this.#secrets);
    const [line] = (output.length > KEPT_MAX ? whole.slice(0, whole.length - this.#longest) : whole).split("\n", 1);
    return harmless(line);
  }

  /** Why it failed is what a program says last: warnings come first. */
  #lastLine(errors: string): string {
    const whole = masked(errors, this.#secrets);
    const lines = (errors.length > KEPT_MAX ? whole.slice(this.#longest) : whole).split("\n");
    return harmless(lines.findLast((line) => line.trim() !== ""));
  }
}

const killGroup = (group: number): void => void signalIfThere(-group, "SIGKILL");

function endText(status: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) return `it was ended by ${signal}`;
  return status === 0 ? undefined : `it ended with status ${status}`;
}

/** Without the secrets in it. */
function masked(text: string, secrets: readonly string[]): string {
  if (secrets.length === 0) return text;
  const quoted = secrets.map((secret) => secret.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return text.replaceAll(new RegExp(quoted.join("|"), "g"), MASK);
}

/** Nothing in it moves the cursor of a terminal, or turns the direction of what follows. */
const harmless = (line = ""): string =>
  line
    .slice(0, LINE_MAX)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, " ")
    .trim();
