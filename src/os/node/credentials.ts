/** Files with passwords for commands: lines `name=value`, for their owner only. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ok, refused, type Result } from "../../base/result.js";
import { refusalText } from "./file-refusal.js";

const FILE_BYTES_MAX = 16_384;
const LINES_MAX = 64;
const OTHERS = 0o077;
const LINE = /^([A-Za-z_][A-Za-z0-9_]{0,63})=([^\0]*)$/;

export type Credentials = readonly (readonly [name: string, value: string])[];

/** The names and values in a file; refused, in words that follow a colon, where others could read or change it. */
export function readCredentials(path: string): Result<Credentials, string> {
  const text = readGuarded(path);
  if (!text.ok) return text;
  const lines = text.value
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

/** Asked of the open file, not of the path, which could be another file by then; a pipe is not waited for. */
function readGuarded(path: string): Result<string, string> {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    const { mode, uid, size } = stats;
    if (!stats.isFile()) return refused("it is no regular file");
    if (size > FILE_BYTES_MAX) return refused(`it is longer than ${FILE_BYTES_MAX} bytes`);
    if ((mode & OTHERS) !== 0) return refused("others than its owner have access to it: run chmod 600");
    if (uid !== 0 && uid !== (process.geteuid?.() ?? 0)) return refused("it belongs to another user: run chown root");
    const bytes = new Uint8Array(FILE_BYTES_MAX);
    return ok(new TextDecoder().decode(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0))));
  } catch (error) {
    return refused(refusalText(error));
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
