import { ok, refused, type Result } from "../../base/result.js";
import { askProgram } from "./ask-program.js";

/** A user as the machine's own databases have it, whichever these are (passwd(5), nsswitch.conf(5)). */
export interface UserIdentity {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A directory service that does not answer must not keep a program from being given up. */
const LOOKUP_MS_MAX = 5_000;
const EXIT_UNKNOWN = 2;

/** @param user name or number. @returns why not, in words that follow a colon. */
export async function findUser(user: string): Promise<Result<UserIdentity, string>> {
  const words = ["passwd", "--", user];
  const { error, status, stdout } = await askProgram("getent", words, { timeout: LOOKUP_MS_MAX });
  const identity = error === undefined ? readIdentity(stdout) : undefined;
  if (identity !== undefined) return ok(identity);
  return refused(status === EXIT_UNKNOWN ? `there is no user ${user}` : `user ${user} can't be looked up`);
}

function readIdentity(line: string): UserIdentity | undefined {
  const [name, , uid, gid, , home = "/", shell = ""] = line.trimEnd().split(":");
  if (name === undefined || uid === undefined || gid === undefined) return undefined;
  return { name, uid: Number(uid), gid: Number(gid), home, shell };
}
