import { accessSync, closeSync, constants, openSync, readSync, statSync } from "node:fs";
import type { ExecutableFault } from "../../model/configuration/machine-facts.js";
import { errnoOf } from "./file-refusal.js";

/** Linux reads no more of a first line (BINPRM_BUF_SIZE). */
const FIRST_BYTES = 256;
/** To the kernel, a carriage return is a part of the last word. */
const SCRIPT = /^#![ \t]*([^ \t]+)/;

type AccessFault = ExecutableFault & { readonly kind: "missing" | "no-file" | "forbidden" };

/** What keeps a file from being executed; undefined: nothing that can be seen from outside. */
export function executableFault(path: string): ExecutableFault | undefined {
  const fault = accessFault(path);
  const problem = fault === undefined ? firstLineProblem(firstLine(path)) : undefined;
  return problem === undefined ? fault : { kind: "interpreter", problem };
}

function accessFault(path: string): AccessFault | undefined {
  try {
    if (!statSync(path).isFile()) return { kind: "no-file", problem: "it is no file" };
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return errnoOf(error) === "ENOENT"
      ? { kind: "missing", problem: "there is no such file" }
      : { kind: "forbidden", problem: "it may not be executed" };
  }
}

/** Whether the kernel has an interpreter read the file. */
export const isScript = (path: string): boolean => interpreterOf(path) !== undefined;

/** Of a script, as the kernel reads its first line; undefined: it is none, or can't be read. */
export const interpreterOf = (path: string): string | undefined => interpreterIn(firstLine(path));

const interpreterIn = (line: string): string | undefined => SCRIPT.exec(line)?.[1];

const firstLine = (path: string): string => firstBytes(path).split("\n", 1)[0] ?? "";

function firstLineProblem(line: string): string | undefined {
  const interpreter = interpreterIn(line);
  if (interpreter === undefined) return undefined;
  if (line.endsWith("\r")) return "its first line ends with a carriage return, as on Windows";
  // Any other is looked for from where the program will run.
  if (!interpreter.startsWith("/")) return undefined;
  const fault = accessFault(interpreter);
  return fault === undefined ? undefined : `its first line names ${interpreter}, and ${ABOUT_INTERPRETER[fault.kind]}`;
}

function firstBytes(path: string): string {
  try {
    const file = openSync(path, constants.O_RDONLY);
    try {
      const bytes = Buffer.alloc(FIRST_BYTES);
      return bytes.toString("latin1", 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    // Who may execute it need not be able to read it.
    return "";
  }
}

const ABOUT_INTERPRETER: Readonly<Record<AccessFault["kind"], string>> = {
  missing: "there is no such file",
  "no-file": "that is no file",
  forbidden: "that may not be executed",
};
