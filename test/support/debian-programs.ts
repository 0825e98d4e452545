import { accessSync, constants } from "node:fs";

/** Programs that tests run as they come from Debian. */

/** Why a test that needs these files can't run; false when it can. What to install is in `tools/debian-packages.json`. */
export function programsMissing(...files: readonly string[]): string | false {
  const missing = files.filter((file) => !isExecutable(file));
  return missing.length === 0 ? false : `needs ${missing.join(", ")}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
