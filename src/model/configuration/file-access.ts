/** Who can change the cluster file besides root: its programs, checks and hooks are run as root. */
import type { CheckProblem } from "./check-problem.js";

/** A file or directory, as stat(2) tells it. */
export interface FileAccess {
  readonly path: string;
  readonly mode: number;
  readonly owner: number;
}

/** What a text was read from; undefined: it could not be looked at, or is not there any more. */
export interface FilePlace {
  readonly file: FileAccess;
  /** All on the way to it, also by links: who may write to one can put another file in place of this one. */
  readonly directories: readonly FileAccess[];
  /** Of those by which it is found: their owners may let them lead elsewhere. */
  readonly links: readonly FileAccess[];
}

const BY_OTHERS = 0o002;
/** In such a directory only its owner removes or renames what belongs to another: unlink(2). */
const STICKY = 0o1000;

/**
 * The first way in. A group that may write is one that somebody chose, as tools that manage configurations do.
 * @param self id of the user who runs this, and may run the agent
 */
export function fileAccessProblems(place: FilePlace | undefined, self: number): readonly CheckProblem[] {
  if (place === undefined) return [];
  const { file, directories, links } = place;
  const isTrusted = ({ owner }: FileAccess): boolean => owner === 0 || owner === self;
  if ((file.mode & BY_OTHERS) !== 0) return [writable(file, "")];
  if (!isTrusted(file)) return [foreign(file, "")];
  const how = ` put another file in place of ${file.path}`;
  const open = directories.find(({ mode }) => (mode & (BY_OTHERS | STICKY)) === BY_OTHERS);
  if (open !== undefined) return [writable(open, how)];
  const another = [...directories, ...links].find((each) => !isTrusted(each));
  return another === undefined ? [] : [foreign(another, how)];
}

const WHAT_FOLLOWS = "what it names is run as root";

/** @param how what they can do, where that is not to change the file itself */
const writable = ({ path, mode }: FileAccess, how: string): CheckProblem =>
  problem(
    `Every user of this machine can${how === "" ? ` change ${path}` : how}, and ${WHAT_FOLLOWS} (mode ${octal(mode)}${how === "" ? "" : ` of ${path}`})`,
    `Run: chmod o-w ${path}`,
  );

const foreign = ({ path, owner }: FileAccess, how: string): CheckProblem =>
  problem(
    `The user with id ${owner}, to whom ${path} belongs, can${how === "" ? " change it" : how}, and ${WHAT_FOLLOWS}`,
    `Run: chown -h root ${path}`,
  );

const problem = (message: string, advice: string): CheckProblem => ({
  code: "file-open-to-others",
  severity: "warning",
  path: [],
  message,
  advice,
});

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, "0");
