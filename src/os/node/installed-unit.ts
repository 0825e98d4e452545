import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const UNIT_NAME = "locum.service";
/** Where administrators have their units: systemd.unit(5). */
export const UNIT_DIRECTORY = "/etc/systemd/system";

/** What the agent keeps across restarts, unless it is told another place: `StateDirectory=` of the unit makes it. */
export const STATE_DIRECTORY = "/var/lib/locum";

/** The unit that runs the agent, with its drop-ins behind it, as systemd reads them; undefined where there is none. */
export function readInstalledUnit(directory: string = UNIT_DIRECTORY): string | undefined {
  const file = join(directory, UNIT_NAME);
  const unit = readQuietly(file);
  return unit === undefined ? undefined : [unit, ...dropIns(`${file}.d`)].join("\n");
}

function dropIns(directory: string): readonly string[] {
  return filesIn(directory)
    .filter((name) => name.endsWith(".conf"))
    .toSorted()
    .flatMap((name) => readQuietly(join(directory, name)) ?? []);
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // Mostly there is none.
    return [];
  }
}

function readQuietly(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Not there; or not for this user, who then hears nothing of it.
    return undefined;
  }
}
