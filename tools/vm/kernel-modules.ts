import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { assert } from "../../src/base/assert.js";
import { cannotRun } from "./not-run.js";

/** What the tests need of a kernel beyond what is built in: each with what it depends on. */
const WANTED: readonly string[] = [
  // The files of this computer.
  ["virtio_pci", "9pnet_virtio", "9p", "overlay"],
  // Interfaces.
  ["veth", "bridge", "bonding", "team", "team_mode_activebackup", "8021q", "dummy", "macvlan", "ipvlan", "tun"],
  // The lab's faults.
  ["nf_tables", "nft_numgen", "nft_meta_bridge", "sch_netem"],
  // What the agent asks and filters with.
  ["inet_diag", "tcp_diag", "udp_diag", "fuse"],
].flat();

export interface KernelModule {
  readonly name: string;
  readonly content: Uint8Array;
}

/** The modules, each after those that it depends on. @param folder with `kernel/…/*.ko` somewhere below it. */
export function collectModules(folder: string): readonly KernelModule[] {
  const files = moduleFiles(folder);
  const collected = new Map<string, KernelModule>();
  const collect = (name: string): void => {
    const path = files.get(name);
    // What has no file is built into this kernel.
    if (path === undefined || collected.has(name)) return;
    const content = readModule(path);
    for (const needed of dependenciesOf(content)) collect(needed);
    collected.set(name, { name, content });
  };
  WANTED.forEach(collect);
  return [...collected.values()];
}

function moduleFiles(folder: string): ReadonlyMap<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /\.ko(\.xz)?$/.test(path));
  return new Map(paths.map((path) => [nameOf(basename(path).replace(/\.ko.*$/, "")), join(folder, path)]));
}

/** File names and dependencies may be written with either sign. */
const nameOf = (text: string): string => text.replaceAll("-", "_");

/** Debian compresses modules since version 13. */
function readModule(path: string): Uint8Array {
  if (!path.endsWith(".xz")) return readFileSync(path);
  try {
    return execFileSync("xz", ["--decompress", "--stdout", path], { maxBuffer: 64 << 20 });
  } catch (cause) {
    throw cannotRun(`Cannot unpack the kernel module ${path}`, "Install the Debian package xz-utils.", cause);
  }
}

const DEPENDS = "\0depends=";

/** From the module's `.modinfo` section, where `depmod` has it from. */
function dependenciesOf(content: Uint8Array): readonly string[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const start = bytes.indexOf(DEPENDS);
  assert(start >= 0, "every module says what it depends on, if only that it is nothing");
  const names = bytes.toString("latin1", start + DEPENDS.length, bytes.indexOf(0, start + DEPENDS.length));
  return names.split(",").filter(Boolean).map(nameOf);
}
