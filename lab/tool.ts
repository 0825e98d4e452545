import { spawn } from "node:child_process";
import { LocumError } from "../src/base/locum-error.js";

/** What a program that ran to its end left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `ip` and `nft` lie in directories that an ordinary user's PATH lacks on Debian. */
export const TOOL_PATH: string = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
/** Output beyond this is dropped: a tool of the lab never says so much. */
const OUTPUT_MAX = 4 * 1024 * 1024;

/** Runs a standard program to its end and takes its answer as it comes. @throws {LocumError} when it cannot start. */
export async function runTool(argv: readonly [string, ...string[]], input = ""): Promise<Outcome> {
  const [program, ...rest] = argv;
  const child = spawn(program, rest, { env: { ...process.env, PATH: TOOL_PATH }, stdio: "pipe" });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin.on("error", ignoreClosedPipe);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => reject(cannotStart(program, cause)));
    child.on("close", (code, signal) => resolve({ code, signal, stdout: stdout(), stderr: stderr() }));
  });
}

/** Runs a standard program that must succeed. @throws {LocumError} with its own words when it does not. */
export async function requireTool(argv: readonly [string, ...string[]], input = ""): Promise<string> {
  const outcome = await runTool(argv, input);
  if (outcome.code === 0) return outcome.stdout;
  throw new LocumError({
    code: "lab.tool-failed",
    message: `${argv.join(" ")} failed: ${outcome.stderr.trim() || `exit code ${outcome.code ?? outcome.signal}`}`,
  });
}

/** Runs `ip` commands, one a line, in the named namespace or in this process's own. */
export async function runIpBatch(lines: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ["-netns", namespace];
  if (lines.length > 0) await requireTool(["ip", ...where, "-batch", "-"], `${lines.join("\n")}\n`);
}

export function cannotStart(program: string, cause: unknown): LocumError {
  return new LocumError(
    {
      code: "lab.tool-missing",
      message: `Cannot start ${program}`,
      advice: "The lab needs the Debian packages iproute2, nftables and util-linux.",
    },
    cause,
  );
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    if (size < OUTPUT_MAX) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}

/** A program may end before it has read its input; its exit code then says why. */
function ignoreClosedPipe(): void {}
