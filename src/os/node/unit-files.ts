import { lstatSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where systemd looks for units, the first one counts (systemd.unit(5)). */
const UNIT_PATH = [
  "/etc/systemd/system.control",
  "/run/systemd/system.control",
  "/run/systemd/transient",
  "/run/systemd/generator.early",
  "/etc/systemd/system",
  "/etc/systemd/system.attached",
  "/run/systemd/system",
  "/run/systemd/system.attached",
  "/run/systemd/generator",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
  "/run/systemd/generator.late",
];

/**
 * What is wrong with a unit by the files alone, without waiting for systemd.
 * @param root before the paths, for tests
 */
export function unitFileFault(unit: string, root = "/"): "missing" | "masked" | undefined {
  const directories = unitPath(textOf(join(root, "/proc/1/environ")));
  const file = namesOf(unit)
    .flatMap((name) => directories.map((directory) => join(root, directory, name)))
    .find(isThere);
  if (file === undefined) return "missing";
  return isMask(file) ? "masked" : undefined;
}

/**
 * As systemd was told in its environment, if it was: an empty end of that stands for the usual path.
 * @param environment of process 1
 */
function unitPath(environment: string): readonly string[] {
  const given = environment.split("\0").find((entry) => entry.startsWith(GIVEN));
  if (given === undefined) return UNIT_PATH;
  const directories = given.slice(GIVEN.length).split(":");
  return directories.flatMap((directory) => (directory === "" ? UNIT_PATH : [directory]));
}

const GIVEN = "SYSTEMD_UNIT_PATH=";

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** An instance comes from its template, unless it has a file of its own. */
function namesOf(unit: string): readonly string[] {
  const [, prefix, type] = /^([^@]+@).+(\.[a-z]+)$/.exec(unit) ?? [];
  return prefix === undefined || type === undefined ? [unit] : [unit, `${prefix}${type}`];
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** By a link to /dev/null, or an empty file. A link that leads nowhere is systemd's to judge. */
function isMask(path: string): boolean {
  try {
    return realpathSync(path) === "/dev/null" || statSync(path).size === 0;
  } catch {
    return false;
  }
}
