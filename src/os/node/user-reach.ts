import { spawnSync } from "node:child_process";
import { PATH, SWITCHER } from "./program-process.js";

/** A directory service or a file system that does not answer in this time tells nothing. */
const ANSWER_MS_MAX = 5_000;
/** Of the shell below. */
const REFUSED = 1;

/** What a user is to do with a path: `enter` a directory, `execute` a file, `interpret` a script, which is read as well. */
export type Use = "enter" | "execute" | "interpret";

const QUESTIONS: Readonly<Record<Use, string>> = {
  enter: '[ -x "$1" ]',
  execute: '[ -x "$1" ]',
  interpret: '[ -x "$1" ] && [ -r "$1" ]',
};

/**
 * Whether a user of this machine may use a path that is there, as the kernel judges it, lists of access rights and groups
 * included. @returns undefined where that cannot be found out: only root can become somebody else.
 */
export function mayUse(user: string, path: string, use: Use): boolean | undefined {
  const [, , uid, gid] = entryOf(user).split(":");
  if (process.geteuid?.() !== 0 || uid === undefined || gid === undefined) return undefined;
  const words = [
    `--reuid=${uid}`,
    `--regid=${gid}`,
    "--init-groups",
    "--",
    "/bin/sh",
    "-c",
    QUESTIONS[use],
    "sh",
    path,
  ];
  const { status } = spawnSync(SWITCHER, words, { timeout: ANSWER_MS_MAX, cwd: "/", env: { PATH }, stdio: "ignore" });
  if (status === 0) return true;
  return status === REFUSED ? false : undefined;
}

/** As passwd(5) has it. */
function entryOf(user: string): string {
  const { stdout } = spawnSync("getent", ["passwd", "--", user], { timeout: ANSWER_MS_MAX, encoding: "utf8" });
  return stdout ?? "";
}
