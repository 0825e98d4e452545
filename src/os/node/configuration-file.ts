/** The cluster file from disk: read, decoded, parsed and hashed. */
import { createHash } from "node:crypto";
import { closeSync, lstatSync, openSync, readFileSync, readlinkSync, readSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { type Result, ok, refused } from "../../base/result.js";
import type { Cluster } from "../../model/cluster.js";
import type { FileAccess, FilePlace } from "../../model/configuration/file-access.js";
import { LIMITS } from "../../model/configuration/limits.js";
import {
  type ClusterSource,
  parseClusterSource,
  readableClusterSource,
} from "../../model/configuration/parse-cluster.js";
import { type ConfigurationProblem, fileTooLarge } from "../../model/configuration/problem.js";
import { errnoOf, refusalText } from "./file-refusal.js";

/** The cluster, or everything that is wrong with its file. Other files that it names, such as the secret, stay unread. */
export function loadCluster(path: string): Result<Cluster, readonly ConfigurationProblem[]> {
  const source = loadClusterSource(path);
  return source.ok ? ok(source.value.cluster) : source;
}

/** The cluster together with the places of its parts in the file. */
export function loadClusterSource(path: string): Result<ClusterSource, readonly ConfigurationProblem[]> {
  const text = readConfigurationText(path);
  return text.ok ? parseConfigurationText(text.value, path) : refused([text.problem]);
}

/** The same for a text that was read before from the file at `path`. */
export const parseConfigurationText = (
  text: string,
  path: string,
): Result<ClusterSource, readonly ConfigurationProblem[]> =>
  parseClusterSource(text, { directory: dirname(resolve(path)), hash: sha256 });

/** As much of it as can be read although it has problems. */
export const readableConfiguration = (text: string, path: string): ClusterSource | undefined =>
  readableClusterSource(text, { directory: dirname(resolve(path)), hash: sha256 });

/** The file's text; a problem when it cannot be read, is too large, or not UTF-8. */
export function readConfigurationText(path: string): Result<string, ConfigurationProblem> {
  try {
    const bytes = readAtMost(path, LIMITS.fileBytes + 1);
    if (bytes.length > LIMITS.fileBytes) return refused(fileTooLarge());
    return decode(bytes);
  } catch (error) {
    return refused(unreadable(path, error));
  }
}

/** Who could change the file at `path`, or what leads there; undefined where it cannot be looked at. */
export function configurationPlace(path: string): FilePlace | undefined {
  try {
    const way = wayTo(resolve(path));
    const file = accessOf(way.file);
    const isKnown = (each: FileAccess): boolean => !isOfUnknownOwner(each);
    if (!isKnown(file)) return undefined;
    return { file, directories: way.directories.map(accessOf).filter(isKnown), links: way.links.filter(isKnown) };
  } catch {
    // Who reads it says why it can't.
    return undefined;
  }
}

/** As many links as the kernel follows: path_resolution(7). */
const LINKS_MAX = 40;

interface Way {
  readonly file: string;
  /** All in which a name on the way is looked up, the last first. */
  readonly directories: readonly string[];
  readonly links: readonly FileAccess[];
}

/** Where `path` leads, link by link. */
function wayTo(path: string): Way {
  const directories = new Set<string>();
  const names = namesIn(path);
  const links: FileAccess[] = [];
  let at = "/";
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    directories.add(at);
    const next = join(at, name);
    const entry = lstatSync(next);
    if (links.length < LINKS_MAX && entry.isSymbolicLink()) {
      const target = readlinkSync(next);
      if (isAbsolute(target)) at = "/";
      names.unshift(...namesIn(target));
      links.push({ path: next, mode: entry.mode, owner: entry.uid });
    } else at = next;
  }
  return { file: at, directories: [...directories].reverse(), links };
}

const namesIn = (path: string): string[] => path.split("/").filter((name) => name !== "" && name !== ".");

function accessOf(path: string): FileAccess {
  const { mode, uid } = statSync(path);
  return { path, mode, owner: uid };
}

/** The owner of what belongs to nobody whom a user namespace knows, such as the root outside of it: user_namespaces(7). */
const OVERFLOW_UID = 65_534;
const ALL_USERS = /^\s*0\s+0\s+4294967295\s*$/;

const isOfUnknownOwner = ({ owner }: FileAccess): boolean =>
  owner === OVERFLOW_UID && !ALL_USERS.test(readFileSync("/proc/self/uid_map", "utf8"));

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Bounded by reading, not by asking for the size: a pipe has none. */
function readAtMost(path: string, limit: number): Uint8Array {
  const buffer = new Uint8Array(limit);
  const file = openSync(path, "r");
  try {
    let length = 0;
    for (let count = -1; count !== 0 && length < limit; length += count) {
      count = readSync(file, buffer, length, limit - length, null);
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function decode(bytes: Uint8Array): Result<string, ConfigurationProblem> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refused(notUtf8(bytes));
  }
}

/** What was readable up to the bad byte says where that is: the replacement character stands in its place. */
function notUtf8(bytes: Uint8Array): ConfigurationProblem {
  const before = validPrefix(bytes).split("\n");
  return {
    code: "not-utf-8",
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    path: "",
    message: "The file has bytes that are no UTF-8 text",
    advice: "Save it as UTF-8, in the editor or with `iconv -t UTF-8`",
  };
}

/** The longest beginning that decodes, found by halving: a beginning of a good text is good but for a last cut letter. */
function validPrefix(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (decodes(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  // In streaming mode a cut letter at the end is held back instead of refused.
  return decoder.decode(bytes.subarray(0, good), { stream: true });
}

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const unreadable = (path: string, error: unknown): ConfigurationProblem => ({
  code: "file-unreadable",
  line: 1,
  column: 1,
  path: "",
  message: `Cannot read ${path}: ${refusalText(error)}`,
  advice: READ_ADVICE[errnoOf(error) ?? ""] ?? "Name the cluster file with --config",
});

const READ_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "Create the file, or name another with --config",
  EACCES: "Run as root, or let this user read the file",
  EISDIR: "Name the file in that directory",
};
