import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { LocumError } from "../src/base/locum-error.js";
import { isInUserNamespace } from "./privileges.js";
import { LAB_DIRECTORY, labDirectory, recordPath, socketPath } from "./places.js";
import { tearDown } from "./reaper.js";
import { requireTool } from "./tool.js";

/** What a running lab tells about itself to other processes. */
export interface LabRecord {
  readonly id: string;
  readonly owner: number;
  /** The owner's start time in clock ticks: a later process with the same pid is another. */
  readonly ownerStart: string;
  readonly hosts: readonly string[];
  /** Whether it was made by an ordinary user, in a user namespace: who wants to enter a host enters that first. */
  readonly userNamespace: boolean;
}

const recordSchema: z.ZodType<LabRecord> = z.object({
  id: z.string(),
  owner: z.number(),
  ownerStart: z.string(),
  hosts: z.array(z.string()).default([]),
  userNamespace: z.boolean().default(false),
});
const ID = /^[a-z0-9]{1,12}$/;

/** Takes an id for this process. @throws {LocumError} when another lab has it. */
export function claim(id: string, hosts: readonly string[]): void {
  if (!ID.test(id))
    throw new LocumError({ code: "lab.id", message: `${id} is no lab id: use a-z and 0-9, at most 12` });
  mkdirSync(LAB_DIRECTORY, { recursive: true, mode: 0o755 });
  const ownerStart = startOf(process.pid) ?? "";
  writeRecord({ id, owner: process.pid, ownerStart, hosts, userNamespace: isInUserNamespace() });
}

/** Makes the lab's own directory, a file system in memory that vanishes with it. */
export async function makeDirectory(id: string): Promise<void> {
  const directory = labDirectory(id);
  mkdirSync(directory, { mode: 0o700 });
  await requireTool(["mount", "-t", "tmpfs", "-o", "mode=700", "locum-lab", directory]);
}

/** Removes what is left of labs whose owner is gone. */
export async function sweepStaleLabs(): Promise<readonly string[]> {
  const stale = records().filter((record) => !isOwned(record));
  for (const { id } of stale) await tearDown(id);
  return stale.map(({ id }) => id);
}

/** The labs whose owner runs. */
export const runningLabs = (): readonly LabRecord[] => records().filter(isOwned);

/** Whether other processes can give it orders: a lab that a program has opened for itself is nobody else's. */
export const takesOrders = ({ id }: LabRecord): boolean => existsSync(socketPath(id));

const LOOK_MS = 20;
const GONE_MS_MAX = 20_000;

/** Waits until a lab that is being closed has left nothing behind. @throws {LocumError} when that takes too long. */
export async function untilGone(id: string): Promise<void> {
  const deadline = performance.now() + GONE_MS_MAX;
  while (existsSync(recordPath(id))) {
    if (performance.now() > deadline)
      throw new LocumError({ code: "lab.stays", message: `The lab ${id} does not end` });
    await pause(LOOK_MS);
  }
}

function records(): readonly LabRecord[] {
  return recordFiles().flatMap((file) => readRecord(`${LAB_DIRECTORY}/${file}`) ?? []);
}

function recordFiles(): readonly string[] {
  try {
    return readdirSync(LAB_DIRECTORY)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch {
    return [];
  }
}

function readRecord(path: string): LabRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Another process removes it at this moment, or has not finished writing it.
    return undefined;
  }
}

function writeRecord(record: LabRecord): void {
  try {
    writeFileSync(recordPath(record.id), JSON.stringify(record), { flag: "wx" });
  } catch (cause) {
    throw new LocumError({ code: "lab.id-taken", message: `A lab with the id ${record.id} exists already` }, cause);
  }
}

const isOwned = ({ owner, ownerStart }: LabRecord): boolean => startOf(owner) === ownerStart;

/** Field 22 of `/proc/PID/stat`, counted after the program name, which may itself contain spaces. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
