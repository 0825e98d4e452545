import { readFileSync } from "node:fs";

const FILE = "/proc/sys/kernel/random/boot_id";

/** Tells each start of the kernel from all others; undefined where /proc does not say. */
export function bootId(): string | undefined {
  try {
    return readFileSync(FILE, "utf8").trim();
  } catch {
    // A container may hide it. What rests on it goes without, as with nodes of older versions.
    return undefined;
  }
}
