import { execFile, type ExecFileOptions } from "node:child_process";
import { own } from "./own-children.js";

/** What a program wrote, and why it was no good end: its status, a signal, or that it could not be started. */
export interface ProgramAnswer {
  readonly error: Error | undefined;
  /** Undefined: it has none. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the machine to its end. Never rejects: a machine that has no room for it answers too. */
export function askProgram(
  file: string,
  words: readonly string[],
  options: ExecFileOptions = {},
): Promise<ProgramAnswer> {
  return new Promise((resolve) => {
    const answer = (error: Error | null, stdout: string, stderr: string): void => {
      const code = error !== null && "code" in error ? error.code : 0;
      resolve({ error: error ?? undefined, status: typeof code === "number" ? code : undefined, stdout, stderr });
    };
    try {
      own(execFile(file, words, { ...options, encoding: "utf8" }, answer));
    } catch (error) {
      answer(error instanceof Error ? error : new Error(String(error)), "", "");
    }
  });
}
