import { describeError } from "../../base/locum-error.js";

/** The errno name of a refused operation; undefined for any other error. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const REFUSALS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "this user is not permitted to",
  EPERM: "this user is not permitted to",
  EROFS: "the file system is read-only",
  ENOSPC: "the file system is full",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is no directory",
  ELOOP: "its symbolic links lead in a circle",
};

/** Why the file system refused something, in words that follow a colon. */
export const refusalText = (error: unknown): string => REFUSALS[errnoOf(error) ?? ""] ?? describeError(error);
