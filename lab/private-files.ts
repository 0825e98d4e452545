import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { known } from "../src/base/assert.js";
import { LocumError } from "../src/base/locum-error.js";
import { CONTROL_GROUPS, type HostGroup } from "./control-groups.js";
import { processFailed, startProcess } from "./lab-process.js";

/** Directories of which every host has its own, empty at first. */
export const PRIVATE_DIRECTORIES: readonly string[] = ["/run", "/etc/locum", "/var/lib/locum"];

/** The options of `nsenter` that lead into namespaces which only this process keeps alive. */
export type EntryOptions = readonly string[];

/** What the builder says when everything is mounted; it then waits, so that its namespaces can be taken over. */
const MADE = "made";

/**
 * A host's own view of the file system: this machine's, but with private directories in some places, control groups of its
 * own, and the host's name as the host name. Where a private directory does not exist on this machine, its nearest existing parent is
 * covered with an overlay, so that nothing has to be made there.
 */
export class PrivateFiles {
  readonly #base: string;
  readonly #directories: readonly string[];
  readonly #groups: readonly HostGroup[];
  /** Open files that keep the namespaces; a bind mount, the usual way, fails in nested mount namespaces now and then. */
  #mounts: number | undefined;
  #hostName: number | undefined;

  /** @throws {LocumError} when a directory cannot be written into a mount command. */
  constructor(base: string, directories: readonly string[], groups: readonly HostGroup[]) {
    for (const directory of directories) checkDirectory(directory);
    this.#base = base;
    this.#directories = directories;
    this.#groups = groups;
  }

  /** Whether a path lies in a private directory. */
  hasOwn(path: string): boolean {
    return this.#directories.some((directory) => path === directory || path.startsWith(`${directory}/`));
  }

  /** Where a path of the host that lies in a private directory is found from outside. @throws {LocumError} when not. */
  outside(path: string): string {
    if (this.hasOwn(path)) return join(this.#base, "files", path);
    throw new LocumError({
      code: "lab.not-private",
      message: `${path} is in none of the host's own directories (${this.#directories.join(", ")})`,
    });
  }

  /** Empties one of the private directories; it stays mounted. */
  clear(directory: string): void {
    const outside = this.outside(directory);
    for (const entry of readdirSync(outside)) rmSync(join(outside, entry), { recursive: true, force: true });
  }

  /** Makes the namespaces, which last until `close` or the end of this process. */
  async build(hostName: string, networkNamespace: string): Promise<void> {
    const unshare = ["unshare", "--mount", "--uts", "--propagation", "slave", "sh", "-ec", this.#mountScript()];
    const argv = ["nsenter", `--net=${networkNamespace}`, ...unshare, "lab-host", hostName];
    let isMade = (): void => undefined;
    const made = new Promise<void>((resolve) => (isMade = resolve));
    const builder = await startProcess([], argv, { onLine: (line) => line === MADE && isMade() });
    const failed = builder.exited.then((exit) => Promise.reject(processFailed(builder, exit)));
    await Promise.race([made, failed]);
    failed.catch(() => undefined);
    this.#mounts = openSync(`/proc/${builder.pid}/ns/mnt`, "r");
    this.#hostName = openSync(`/proc/${builder.pid}/ns/uts`, "r");
    builder.endInput();
    await builder.exited;
  }

  /** For `nsenter`, in this process or another of the same user. */
  get entryOptions(): EntryOptions {
    const file = (fd: number | undefined): string => `/proc/${process.pid}/fd/${known(fd, "the host is built")}`;
    return [`--mount=${file(this.#mounts)}`, `--uts=${file(this.#hostName)}`];
  }

  close(): void {
    for (const fd of [this.#mounts, this.#hostName]) if (fd !== undefined) closeSync(fd);
    this.#mounts = undefined;
    this.#hostName = undefined;
  }

  /** Mounts parents before what lies in them, and `/run` last: it hides where the private files come from. */
  #mountScript(): string {
    const overlaid = new Set(this.#directories.flatMap((directory) => missingBelow(directory) ?? []));
    const binds = this.#directories.toSorted((a, b) => Number(a === "/run") - Number(b === "/run"));
    return [
      'hostname "$1"',
      ...this.#groups.map((group) => this.#stage(group)),
      "mount -t sysfs sysfs /sys",
      ...(this.#groups.length === 0 ? [] : [`mount --rbind ${this.#stagedGroups} ${CONTROL_GROUPS}`]),
      ...[...overlaid].map((parent) => this.#overlay(parent)),
      ...binds.map((directory) => this.#bind(directory)),
      `echo ${MADE}`,
      "read -r end || true",
    ].join("\n");
  }

  /** The host's own sysfs will hide the control groups of this machine. */
  #stage({ source, place }: HostGroup): string {
    const target = join(this.#stagedGroups, place);
    mkdirSync(target, { recursive: true });
    return `mount --bind ${source} ${target}`;
  }

  get #stagedGroups(): string {
    return join(this.#base, "cgroup");
  }

  #overlay(parent: string): string {
    const upper = join(this.#base, "upper", parent);
    const work = join(this.#base, "work", parent);
    mkdirSync(upper, { recursive: true });
    mkdirSync(work, { recursive: true });
    return `mount -t overlay -o lowerdir=${parent},upperdir=${upper},workdir=${work} locum-lab ${parent}`;
  }

  #bind(directory: string): string {
    const source = this.outside(directory);
    mkdirSync(source, { recursive: true });
    return `mkdir -p ${directory} && mount --bind ${source} ${directory}`;
  }
}

function checkDirectory(directory: string): void {
  if (/^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(directory)) return;
  const message = `${directory} cannot be a host's own directory: give an absolute path of letters, digits and ._-`;
  throw new LocumError({ code: "lab.bad-directory", message });
}

/** The nearest existing parent of a directory that does not exist; undefined when it does. */
function missingBelow(directory: string): string | undefined {
  if (existsSync(directory)) return undefined;
  const parent = dirname(directory);
  return missingBelow(parent) ?? parent;
}
