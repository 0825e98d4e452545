import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { LocumError } from "../src/base/locum-error.js";
import { requireTool } from "./tool.js";

/** Directories of which every host has its own, empty at first. */
export const PRIVATE_DIRECTORIES: readonly string[] = ["/run", "/etc/locum", "/var/lib/locum"];

/** The files that pin a host's namespaces, for `nsenter`. */
export interface Pins {
  readonly mounts: string;
  readonly hostName: string;
}

/**
 * A host's own view of the file system: this machine's, but with private directories in some places and the host's
 * name as the host name. Where a private directory does not exist on this machine, its nearest existing parent is
 * covered with an overlay, so that nothing has to be made there.
 */
export class PrivateFiles {
  readonly pins: Pins;
  readonly #base: string;
  readonly #directories: readonly string[];

  constructor(base: string, directories: readonly string[]) {
    this.#base = base;
    this.#directories = directories;
    this.pins = { mounts: join(base, "mounts"), hostName: join(base, "host-name") };
  }

  /** Where a path of the host that lies in a private directory is found from outside. @throws {LocumError} when not. */
  outside(path: string): string {
    if (this.#directories.some((directory) => path === directory || path.startsWith(`${directory}/`)))
      return join(this.#base, "files", path);
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

  /** Makes the namespaces and pins them, so that they last without a process. */
  async build(hostName: string, networkNamespace: string): Promise<void> {
    const script = this.#mountScript();
    const { mounts, hostName: names } = this.pins;
    mkdirSync(this.#base, { recursive: true });
    await requireTool(["touch", mounts, names]);
    const unshare = ["unshare", `--mount=${mounts}`, `--uts=${names}`, "--propagation", "slave", "sh", "-ec", script];
    await requireTool(["nsenter", `--net=${networkNamespace}`, ...unshare, "lab-host", hostName]);
  }

  /** Mounts parents before what lies in them, and `/run` last: it hides where the private files come from. */
  #mountScript(): string {
    const overlaid = new Set(this.#directories.flatMap((directory) => missingBelow(directory) ?? []));
    const binds = this.#directories.toSorted((a, b) => Number(a === "/run") - Number(b === "/run"));
    return [
      'hostname "$1"',
      "mount -t sysfs sysfs /sys",
      ...[...overlaid].map((parent) => this.#overlay(parent)),
      ...binds.map((directory) => this.#bind(directory)),
    ].join("\n");
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

/** The nearest existing parent of a directory that does not exist; undefined when it does. */
function missingBelow(directory: string): string | undefined {
  if (existsSync(directory)) return undefined;
  const parent = dirname(directory);
  return missingBelow(parent) ?? parent;
}
