/** Reads files with secrets: those that nobody but their owner, root or this process's user, can read or change. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { type Result, ok, refused } from "../../base/result.js";

export const GUARDED_BYTES_MAX = 16_384;
const OTHERS = 0o077;

export interface GuardedFile {
  readonly text: string;
  readonly stats: Stats;
}

/** Why a file is not read. */
export type GuardedFileProblem =
  | { readonly kind: "no-file" }
  /** It is longer than {@link GUARDED_BYTES_MAX}. */
  | { readonly kind: "too-large" }
  | { readonly kind: "open-to-others"; readonly stats: Stats }
  | { readonly kind: "foreign-owner"; readonly stats: Stats }
  | { readonly kind: "unreadable"; readonly error: unknown };

export function readGuardedFile(path: string): Result<GuardedFile, GuardedFileProblem> {
  let file: number | undefined;
  try {
    // Non-blocking, so that a pipe of that name keeps nobody waiting.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    const problem = guard(stats);
    return problem === undefined ? ok({ text: readText(file), stats }) : refused(problem);
  } catch (error) {
    return refused({ kind: "unreadable", error });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Asked of the open file, not of the path, which could be another file by then. */
function guard(stats: Stats): GuardedFileProblem | undefined {
  if (!stats.isFile()) return { kind: "no-file" };
  if (stats.size > GUARDED_BYTES_MAX) return { kind: "too-large" };
  if ((stats.mode & OTHERS) !== 0) return { kind: "open-to-others", stats };
  const own = process.geteuid?.() ?? 0;
  return stats.uid === 0 || stats.uid === own ? undefined : { kind: "foreign-owner", stats };
}

function readText(file: number): string {
  const bytes = new Uint8Array(GUARDED_BYTES_MAX);
  const length = readSync(file, bytes, 0, bytes.length, 0);
  return new TextDecoder().decode(bytes.subarray(0, length));
}
