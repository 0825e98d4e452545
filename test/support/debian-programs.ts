import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Programs that tests run as they come from Debian. */

/** Why a test that needs these files can't run; false when it can. What to install is in `tools/debian-packages.json`. */
export function programsMissing(...files: readonly string[]): string | false {
  const missing = files.filter((file) => !isExecutable(file));
  return missing.length === 0 ? false : `needs ${missing.join(", ")}`;
}

const POSTGRESQL_ROOT = "/usr/lib/postgresql";

/** Where Debian puts the programs of the newest PostgreSQL that is installed. */
export function newestPostgresql(): string {
  const versions = existsSync(POSTGRESQL_ROOT) ? readdirSync(POSTGRESQL_ROOT) : [];
  const [newest = "VERSION"] = versions.toSorted((a, b) => Number(b) - Number(a));
  return join(POSTGRESQL_ROOT, newest, "bin");
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
