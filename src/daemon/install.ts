import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describeError, LocumError } from "../base/locum-error.js";
import { STATE_DIRECTORY, UNIT_DIRECTORY, UNIT_NAME } from "../os/node/installed-unit.js";
import { isBooted } from "../os/node/systemd-units.js";
import { replaceFileSync } from "./records/atomic-file.js";
import { isMissing } from "./records/file-error.js";
import { isPausedIn } from "./records/state-directory.js";
import { unitText, type UnitOptions } from "./install-unit.js";

const UNIT_MODE = 0o644;

export interface InstallOptions extends UnitOptions {
  /** Start it at once, too. */
  readonly now: boolean;
}

/** Where and with what the unit is installed: the real machine, unless a test says otherwise. */
export interface InstallSite {
  readonly unitDirectory: string;
  readonly isRoot: boolean;
  readonly isBooted: boolean;
  /** Whether the cluster of its agent is in a pause. */
  readonly isPaused: () => boolean;
  /** @throws {LocumError} when systemctl refuses. */
  readonly systemctl: (...args: readonly string[]) => void;
}

export const thisMachine = (): InstallSite => ({
  unitDirectory: UNIT_DIRECTORY,
  isRoot: process.geteuid?.() === 0,
  isBooted: isBooted(),
  isPaused: () => isPausedIn(STATE_DIRECTORY),
  systemctl,
});

export interface Installed {
  /** What was done, a sentence a line. */
  readonly said: readonly string[];
  /** False: it was to be started at once, and could not be. */
  readonly isAsAsked: boolean;
}

/**
 * Writes and enables the unit. Doing it again changes nothing.
 * @throws {LocumError} when the machine refuses.
 */
export function install(options: InstallOptions, site: InstallSite): Installed {
  refuseUnlessRoot(site, "install");
  const path = join(site.unitDirectory, UNIT_NAME);
  const changed = writeUnit(path, unitText(options));
  const said = [changed ? `Wrote ${path}` : `${path} is as it should be`];
  if (site.isBooted) site.systemctl("daemon-reload");
  site.systemctl("enable", UNIT_NAME);
  said.push("The agent starts with the machine");
  if (!site.isBooted) {
    const why = "systemd does not run this machine now: it was not started";
    return { said: [...said, why], isAsAsked: !options.now };
  }
  if (options.now) {
    site.systemctl("start", UNIT_NAME);
    said.push("It runs");
  }
  if (changed)
    said.push("An agent that ran before goes on as it was; to take the unit into use: systemctl restart locum");
  return { said, isAsAsked: true };
}

/** Stops the agent in order, and takes the unit away. @throws {LocumError} when the machine refuses. */
export function uninstall(site: InstallSite): readonly string[] {
  refuseUnlessRoot(site, "uninstall");
  const path = join(site.unitDirectory, UNIT_NAME);
  if (!existsSync(path)) return [`${path} is not there: nothing to do`];
  if (site.isPaused()) throw leavesThings();
  if (site.isBooted) site.systemctl("stop", UNIT_NAME);
  site.systemctl("disable", UNIT_NAME);
  rmSync(path, { force: true });
  if (site.isBooted) site.systemctl("daemon-reload");
  return [`The agent is stopped, and ${path} removed`, "Configuration, secret and state are still there"];
}

/** @returns whether it was another one before. */
function writeUnit(path: string, text: string): boolean {
  try {
    if (readUnit(path) === text) return false;
    replaceFileSync(path, text, UNIT_MODE);
    return true;
  } catch (error) {
    throw new LocumError({ code: "install.refused", message: `Cannot write ${path}: ${describeError(error)}` }, error);
  }
}

function readUnit(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** An agent that is stopped in a pause counts on the next one. */
const leavesThings = (): LocumError =>
  new LocumError({
    code: "install.paused",
    message:
      "Cannot uninstall in a pause: addresses and programs of services would stay here, and nobody would watch them",
    advice: "Run: locum unpause, while the agent runs; or leave all as it is: systemctl disable --now locum",
  });

function refuseUnlessRoot({ isRoot }: InstallSite, what: string): void {
  if (isRoot) return;
  throw new LocumError({
    code: "install.not-root",
    message: `Cannot ${what}: only root may change the services of this machine`,
    advice: `Run: sudo locum ${what === "install" ? "install" : "install --uninstall"}; or look at the unit with --print`,
  });
}

function systemctl(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("systemctl", ["--no-ask-password", ...args], { encoding: "utf8" });
  if (status === 0) return;
  const message = `Cannot run systemctl ${args.join(" ")}: ${error?.message ?? stderr.trim()}`;
  const advice = "This command needs systemd. With --print it shows the unit, as a model for another service manager";
  throw new LocumError(
    { code: "install.systemctl-failed", message, ...(error === undefined ? {} : { advice }) },
    error,
  );
}
