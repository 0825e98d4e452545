/** Files with passwords for commands: lines `name=value`, for their owner only. */
import { unreachable } from "../../base/assert.js";
import { ok, refused, type Result } from "../../base/result.js";
import { refusalText } from "./file-refusal.js";
import { GUARDED_BYTES_MAX, type GuardedFileProblem, readGuardedFile } from "./guarded-file.js";

const LINES_MAX = 64;
const LINE = /^([A-Za-z_][A-Za-z0-9_]{0,63})=([^\0]*)$/;

export type Credentials = readonly (readonly [name: string, value: string])[];

/** The names and values in a file; refused, in words that follow a colon, where others could read or change it. */
export function readCredentials(path: string): Result<Credentials, string> {
  const read = readGuardedFile(path);
  if (!read.ok) return refused(refusalOf(read.problem));
  const lines = read.value.text
    .split("\n")
    .map((line, index) => ({ number: index + 1, text: line.replace(/\r$/, "") }))
    .filter((line) => line.text.trim() !== "" && !line.text.startsWith("#"));
  if (lines.length === 0) return refused("it is empty");
  if (lines.length > LINES_MAX) return refused(`it has more than ${LINES_MAX} lines`);
  const found: (readonly [string, string])[] = [];
  for (const line of lines) {
    const [, name, value] = LINE.exec(line.text) ?? [];
    if (name === undefined || value === undefined)
      return refused(`line ${line.number} is not as in \`password=secret\``);
    found.push([name, value]);
  }
  return ok(found);
}

/** Why a file can give no command its secrets, in words that follow a colon; undefined where it can. */
export function credentialsRefusal(path: string): string | undefined {
  const found = readCredentials(path);
  return found.ok ? undefined : found.problem;
}

function refusalOf(problem: GuardedFileProblem): string {
  switch (problem.kind) {
    case "no-file":
      return "it is no regular file";
    case "too-large":
      return `it is longer than ${GUARDED_BYTES_MAX} bytes`;
    case "open-to-others":
      return "others than its owner have access to it: run chmod 600";
    case "foreign-owner":
      return "it belongs to another user: run chown root";
    case "unreadable":
      return refusalText(problem.error);
    default:
      return unreachable(problem);
  }
}
