import { readFileSync, readlinkSync, readdirSync } from "node:fs";

/** What one process has used, by the kernel's account. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssMb: number;
  /** Shared pages counted by share: what the process costs beside others of its kind. */
  readonly pssMb: number;
}

/** Clock ticks of `/proc/PID/stat`, `USER_HZ` on every Linux that Node runs on. */
const TICK_MS = 10;

export function usageOf(pid: number): Usage {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(memory)?.[1]) / 1_024;
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    rssMb: megabytes("Rss"),
    pssMb: megabytes("Pss"),
  };
}

/** Processes in the same network namespace whose command line has a word in it. */
export function processesBeside(pid: number, word: string): readonly number[] {
  const namespace = readlinkSync(`/proc/${pid}/ns/net`);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => isIn(name, namespace) && commandLine(name).includes(word))
    .map(Number);
}

function isIn(pid: string, namespace: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) === namespace;
  } catch {
    return false;
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
