import { execFileSync, type ExecFileSyncOptions } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cannotRun } from "./not-run.js";
import { collectModules, type KernelModule } from "./kernel-modules.js";

/** Debian's kernel and the static program that starts it: downloaded and unpacked, never installed. */
export interface Kernel {
  /** As `uname -r` gives it. */
  readonly release: string;
  readonly image: string;
  readonly busybox: Uint8Array;
  /** In the order of loading. */
  readonly modules: readonly KernelModule[];
}

/** One folder for each kernel, complete once it has this name. */
const FOLDER = /^kernel-(.+)$/;

/**
 * The kernel that is in the cache, whatever newer one there is: removing the cache fetches that. Works without root, and
 * without a network once the cache is filled.
 * @throws {LocumError} when it can't be had.
 */
export function obtainKernel(cache: string): Kernel {
  mkdirSync(cache, { recursive: true });
  const kept = readdirSync(cache).find((name) => FOLDER.test(name)) ?? fetchKernel(cache);
  const folder = join(cache, kept);
  const modules = readdirSync(join(folder, "modules")).sort();
  return {
    release: kept.replace(FOLDER, "$1"),
    image: join(folder, "vmlinuz"),
    busybox: readFileSync(join(folder, "busybox")),
    modules: modules.map((file) => ({ name: file, content: readFileSync(join(folder, "modules", file)) })),
  };
}

/** @returns the name of the folder that has it now. */
function fetchKernel(cache: string): string {
  const work = join(cache, "unpacked");
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "modules"), { recursive: true });
  // A fresh container has no lists of packages, and those of an old one name what is gone; only root may fetch them.
  if (process.getuid?.() === 0) apt("apt-get", ["update", "-qq"]);
  const packages = packagesToUnpack().map(newestOf);
  console.log(`Downloading ${packages.join(", ")} (they are unpacked below ${cache}, not installed)`);
  apt("apt-get", ["download", ...packages], work);
  for (const file of readdirSync(work).filter((name) => name.endsWith(".deb"))) {
    execFileSync("dpkg-deb", ["--extract", file, "root"], { cwd: work });
  }
  const name = keepWhatIsNeeded(join(work, "root"), work);
  rmSync(join(work, "root"), { recursive: true });
  renameSync(work, join(cache, name));
  return name;
}

function keepWhatIsNeeded(root: string, folder: string): string {
  const image = readdirSync(join(root, "boot")).find((file) => file.startsWith("vmlinuz-")) ?? "";
  cpSync(join(root, "boot", image), join(folder, "vmlinuz"));
  cpSync(firstThere(root, ["bin/busybox", "usr/bin/busybox"]), join(folder, "busybox"));
  const modules = collectModules(firstThere(root, ["lib/modules", "usr/lib/modules"]));
  for (const [index, { name, content }] of modules.entries()) {
    writeFileSync(join(folder, "modules", `${String(index).padStart(3, "0")}-${name}.ko`), content);
  }
  for (const file of readdirSync(folder).filter((each) => each.endsWith(".deb"))) rmSync(join(folder, file));
  return image.replace("vmlinuz", "kernel");
}

/** Where the two ways of laying out a Debian system, with and without merged `/usr`, have a file. */
function firstThere(root: string, paths: readonly string[]): string {
  const found = paths.map((path) => join(root, path)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw cannotRun(`The downloaded packages have no ${basename(paths[0] ?? "")}`, "Debian's packages have.");
}

function packagesToUnpack(): readonly string[] {
  const list = new URL("../../../tools/debian-packages.json", import.meta.url);
  const all = JSON.parse(readFileSync(list, "utf8")) as readonly { package: string; unpacked?: boolean }[];
  return all.filter((each) => each.unpacked === true).map((each) => each.package);
}

/** A kernel's package is named after its version, and one without a version depends on the newest. */
function newestOf(name: string): string {
  const [, newest = name] = /Depends: (linux-image-\S+)/.exec(apt("apt-cache", ["depends", name])) ?? [];
  return newest;
}

function apt(command: string, args: readonly string[], folder?: string): string {
  const options: ExecFileSyncOptions = { stdio: ["ignore", "pipe", "pipe"], ...(folder && { cwd: folder }) };
  try {
    // As another user, apt could not write into our folder.
    return execFileSync(command, ["-o", "APT::Sandbox::User=root", ...args], { ...options, encoding: "utf8" });
  } catch (cause) {
    throw cannotRun(
      `Cannot get Debian's kernel: ${(cause as Error).message.trim()}`,
      "It needs a Debian with a network and fresh lists of packages (sudo apt-get update), for the first run only.",
      cause,
    );
  }
}
