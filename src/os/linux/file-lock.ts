import { closeSync, constants, openSync, type PathLike } from "node:fs";
import { ok, refused, type Result } from "../../base/result.js";
import { flock } from "./libc.js";
import { ERRNO } from "./system-call-error.js";

/* sys/file.h */
const LOCK_EX = 2;
const LOCK_NB = 4;

/** Whether a process has taken a file for its life. */
export function isLocked(path: PathLike): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    return false;
  }
  const answer = flock(fd, LOCK_EX | LOCK_NB);
  closeSync(fd);
  return answer === -ERRNO.again;
}

/**
 * Takes a file or directory for this process until it ends, however it ends. A directory needs no right to write.
 * `held`: another process has it. `impossible`: it can't be opened, or its file system has no locks.
 */
export function lockForLife(path: PathLike): Result<void, "held" | "impossible"> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch {
    return refused("impossible");
  }
  const answer = flock(fd, LOCK_EX | LOCK_NB);
  // The descriptor stays open: it is the lock.
  if (answer === 0) return ok(undefined);
  closeSync(fd);
  return refused(answer === -ERRNO.again ? "held" : "impossible");
}
