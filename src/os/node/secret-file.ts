/**
 * The secret file on disk: read with the care that a key deserves, and changed in steps that each leave the old or the
 * new file, never a part. Nothing here returns or reports key material but the keys that the agent asked for.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { unreachable } from "../../base/assert.js";
import type { Failure } from "../../base/locum-error.js";
import { type Result, ok, refused } from "../../base/result.js";
import type { SecretProblemCode } from "../../model/configuration/check-problem.js";
import {
  KEY_SIZE,
  KEYS_MAX,
  formatKey,
  formatSecretFile,
  keyLines,
  parseSecretFile,
  type SecretFileProblem,
} from "../../wire/keys/secret-file.js";
import { aesGcm } from "./aead.js";
import { errnoOf, refusalText } from "./file-refusal.js";
import { GUARDED_BYTES_MAX, type GuardedFile, type GuardedFileProblem, readGuardedFile } from "./guarded-file.js";

const OWNER_ONLY = 0o600;

/** What a secret file holds, without the keys: their ids, in the order of the file. The first one is used to send. */
export interface SecretSummary {
  readonly keyIds: readonly string[];
}

/** Why a secret file cannot be used. */
type SecretFailure = Failure & { readonly code: SecretProblemCode };

/** The keys of a secret file that only its owner can read; the first seals, all of them open. */
export function readSecretFile(path: string): Result<readonly Uint8Array[], SecretFailure> {
  const read = readGuarded(path);
  return read.ok ? parse(path, read.value.text) : read;
}

/** Makes a secret file with one new key; refuses where a file exists. */
export function createSecretFile(path: string): Result<SecretSummary, Failure> {
  const text = formatSecretFile([randomBytes(KEY_SIZE)]);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeNew(path, text);
  } catch (error) {
    return refused(errnoOf(error) === "EEXIST" ? exists(path) : cannot("create", path, error));
  }
  return summary(path, text);
}

/** Stands above a key that is not in use yet, so that it is not taken for an old one. */
const STAGED = "# Staged, not in use yet: locum keygen --promote";

/** Adds a new key as second: it is accepted from now on, not yet used. */
export const stageKey = (path: string): Result<SecretSummary, Failure> =>
  change(path, (lines, [first, second]) => {
    if (second !== undefined) return alreadyStaged(path, lines.includes(STAGED));
    return lines.toSpliced(first, 0, STAGED, formatKey(randomBytes(KEY_SIZE)));
  });

/** Swaps the first two keys: the staged one is used from now on, the old one still accepted. */
export const promoteKey = (path: string): Result<SecretSummary, Failure> =>
  change(path, (lines, [first, second]) => {
    if (second === undefined) return nothingStaged(path);
    const swapped = lines.with(first - 1, lines[second - 1] ?? "").with(second - 1, lines[first - 1] ?? "");
    return swapped.filter((line) => line !== STAGED);
  });

/** Removes all keys but the first, unless the second was never in use: what is sealed with an old one is refused from now on. */
export const retireKeys = (path: string): Result<SecretSummary, Failure> =>
  change(path, (lines, [, ...others]) => {
    if (others.length === 0) return nothingToRetire(path);
    if (lines.includes(STAGED)) return notPromoted(path);
    return lines.filter((_, index) => !others.includes(index + 1));
  });

/** New lines for a file, from its lines and the numbers (from 1) of those with keys; or why not. */
type Edit = (lines: readonly string[], keys: readonly [number, ...number[]]) => readonly string[] | Failure;

function change(path: string, edit: Edit): Result<SecretSummary, Failure> {
  const read = readGuarded(path);
  if (!read.ok) return read;
  const { text, stats } = read.value;
  const keys = parse(path, text);
  if (!keys.ok) return keys;
  const [first = 1, ...others] = keyLines(text).map(({ line }) => line);
  const edited = edit(text.split("\n"), [first, ...others]);
  if ("code" in edited) return refused(edited);
  try {
    // A link stays a link: what it points to is replaced.
    replace(realpathSync(path), edited.join("\n"), stats);
  } catch (error) {
    return refused(cannot("change", path, error));
  }
  return summary(path, edited.join("\n"));
}

function summary(path: string, text: string): Result<SecretSummary, Failure> {
  const keys = parse(path, text);
  return keys.ok ? ok({ keyIds: keys.value.map(keyId) }) : keys;
}

/** Tells keys apart without telling anything of them: packets carry the same id in the clear. */
export const keyId = (key: Uint8Array): string => aesGcm.identify(key).toString(16).padStart(8, "0");

function readGuarded(path: string): Result<GuardedFile, SecretFailure> {
  const read = readGuardedFile(path);
  return read.ok ? read : refused(guardFailure(path, read.problem));
}

function parse(path: string, text: string): Result<readonly Uint8Array[], SecretFailure> {
  const parsed = parseSecretFile(text);
  return parsed.ok ? parsed : refused(contentFailure(path, parsed.problem));
}

function writeNew(path: string, text: string, owner?: Stats): void {
  const file = openSync(path, "wx", OWNER_ONLY);
  try {
    if (owner !== undefined && process.geteuid?.() === 0) fchownSync(file, owner.uid, owner.gid);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(path);
}

/** Beside it, synced, renamed over it; a name of its own, so that two at once do not write one file. */
function replace(path: string, text: string, owner: Stats): void {
  const fresh = `${path}.${randomBytes(6).toString("hex")}.new`;
  try {
    writeNew(fresh, text, owner);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  syncDirectory(path);
}

function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

const MAKE_ADVICE = "Make one with `locum keygen` on one node and copy it to the others";

const exists = (path: string): Failure => ({
  code: "secret.exists",
  message: `Cannot create ${path}: it is there already`,
  advice: "Keep it; to change the key without an outage: locum keygen --stage, then --promote, then --retire",
});

const alreadyStaged = (path: string, isNew: boolean): Failure => ({
  code: "secret.already-staged",
  message: `${path} has a second key already${isNew ? ", which is not in use yet" : ""}`,
  advice: isNew ? "Go on with --promote" : "End the change under way with --retire first",
});

const notPromoted = (path: string): Failure => ({
  code: "secret.not-promoted",
  message: `${path} has a staged key that is not in use yet, and no old one`,
  advice:
    "Go on with --promote, on all nodes, and then --retire; to give the new key up, remove its line and the one above",
});

const nothingStaged = (path: string): Failure => ({
  code: "secret.nothing-staged",
  message: `${path} has only one key: there is none to promote`,
  advice: "Begin with --stage, on one node, and copy the file to the others",
});

const nothingToRetire = (path: string): Failure => ({
  code: "secret.nothing-to-retire",
  message: `${path} has only one key, the one in use`,
  advice: "Nothing is left to do",
});

function guardFailure(path: string, problem: GuardedFileProblem): SecretFailure {
  switch (problem.kind) {
    case "no-file":
      return { code: "secret.no-file", message: `${path} is no regular file`, advice: MAKE_ADVICE };
    case "too-large":
      return {
        code: "secret.too-large",
        message: `${path} is longer than ${GUARDED_BYTES_MAX} bytes`,
        advice: MAKE_ADVICE,
      };
    case "open-to-others":
      return readableByOthers(path, problem.stats);
    case "foreign-owner":
      return {
        code: "secret.foreign-owner",
        message: `${path} belongs to the user with id ${problem.stats.uid}, who can read and change it`,
        advice: `Run: chown root ${path}`,
      };
    case "unreadable":
      return cannot("read", path, problem.error);
    default:
      return unreachable(problem);
  }
}

const readableByOthers = (path: string, { mode }: Stats): SecretFailure => ({
  code: "secret.readable-by-others",
  message: `${path} has mode ${(mode & 0o7777).toString(8).padStart(4, "0")}: others than its owner have access`,
  advice: `Run: chmod 600 ${path} — and change the key, if others may have read it`,
});

function contentFailure(path: string, { code, line }: SecretFileProblem): SecretFailure {
  const place = `${path}:${line}`;
  switch (code) {
    case "secret.empty":
      return { code, message: `${path} has no key`, advice: MAKE_ADVICE };
    case "secret.bad-key":
      return {
        code,
        message: `${place}: the line is no key`,
        advice: "A key is `locum1:` and 43 letters, digits, `-` and `_`",
      };
    case "secret.duplicate-key":
      return { code, message: `${place}: the key is there twice`, advice: "Remove one of the two lines" };
    case "secret.too-many-keys":
      return {
        code,
        message: `${place}: the file has more than ${KEYS_MAX} keys`,
        advice: "Remove the old ones with `locum keygen --retire`",
      };
  }
}

const cannot = (verb: string, path: string, error: unknown): SecretFailure => ({
  code: errnoOf(error) === "ENOENT" && verb === "read" ? "secret.missing" : "secret.refused",
  message: `Cannot ${verb} ${path}: ${refusalText(error)}`,
  advice: errnoOf(error) === "ENOENT" ? MAKE_ADVICE : "Run as root",
});
