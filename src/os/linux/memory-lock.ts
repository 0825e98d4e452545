import { readFileSync } from "node:fs";
import { hasCapability, ownCapabilities } from "./capabilities.js";
import { mlock2 } from "./libc.js";
import { errnoName } from "./system-call-error.js";

const MLOCK_ONFAULT = 1;
/** The mapping went, or shrank, after the map was read. */
const GONE = "ENOMEM";
/** A line of /proc/self/maps: addresses, rights, offset, device, inode, name. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ (\d+)\s*(.*)$/;

interface Mapping {
  readonly start: number;
  readonly length: number;
}

/**
 * Keeps the program's code and the memory of its C parts from being dropped or swapped out, as far as it is used.
 *
 * Not all memory, as mlockall(2) would: V8 gives pages back by MADV_DONTNEED, which is refused for locked ones, and
 * ends the process over it. What it holds can only go to swap, which the service manager can forbid.
 * @returns the refusal, as an errno name.
 */
export function lockMemory(): string | undefined {
  if (!hasCapability(ownCapabilities(), "CAP_IPC_LOCK")) return "EPERM";
  const answers = lockableMappings(readFileSync("/proc/self/maps", "utf8")).map(({ start, length }) =>
    mlock2(start, length, MLOCK_ONFAULT),
  );
  return answers.flatMap((answer) => (answer < 0 ? errnoName(-answer) : [])).find((refusal) => refusal !== GONE);
}

/** What of a process's map is backed by files, or is the C library's own heap. */
export function lockableMappings(maps: string): readonly Mapping[] {
  return maps.split("\n").flatMap((line) => {
    const [, start = "", end = "", inode, name] = MAPPING.exec(line) ?? [];
    if (inode === undefined || (inode === "0" && name !== "[heap]")) return [];
    const [from, to] = [Number.parseInt(start, 16), Number.parseInt(end, 16)];
    return [{ start: from, length: to - from }];
  });
}
