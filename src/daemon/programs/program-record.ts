import { spawn } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Duration, seconds } from "../../base/time.js";
import { serviceName } from "../../model/names.js";
import { type ProgramId, type ProgramLeft, programName, type ProgramRun } from "../../model/program.js";
import { arePopulated, killGroups, populatedBelow, removeGroups, membersBelow } from "../../os/linux/control-groups.js";
import { isLocked } from "../../os/linux/file-lock.js";
import { killMarked, namesMarked, membersOf } from "../../os/linux/marked-processes.js";
import { PATH } from "../../os/node/program-process.js";
import { ocfAgentFile, ocfEnvironment, type OcfInstance } from "../../os/node/ocf-agent.js";
import { hostLockFile, programRecordFile } from "./program-protocol.js";
import { isJsonObject, isText, isTextList, parseJson, readList, type JsonObject } from "../records/stored-json.js";

const MODE = 0o600;
/** What a resource may need to let go, when nobody waits for more. */
export const RECORDED_STOP_TIMEOUT: Duration = seconds(20);
const END_PROMOTED = '"$1" demote; exec "$1" stop';
const END_UNIT = 'systemctl kill --signal=SIGKILL -- "$1"; exec systemctl stop -- "$1"';
/** No name has it. */
const NAME_SEPARATOR = ":";

/** Names the group, or the mark, of a run. */
export const runName = ({ service, config, run }: ProgramRun): string =>
  [service, config.name, run].join(NAME_SEPARATOR);

/** The program of a run that is named so. */
function programOf(name: string): ProgramId {
  const [service = "", program = ""] = name.split(NAME_SEPARATOR);
  return { service: serviceName(service), program: programName(program) };
}

/** What a program host has, or may have, running; on record before it is made. */
export type RecordedItem =
  /** A control group's directories, in all hierarchies; in it, one for each run. */
  | { readonly kind: "group"; readonly paths: readonly string[] }
  /** Processes whose mark begins so, and goes on with the name of the run. */
  | { readonly kind: "mark"; readonly mark: string }
  | ({ readonly kind: "unit"; readonly unit: string } & ProgramId)
  | ({
      readonly kind: "ocf";
      readonly instance: OcfInstance;
      /** Whether it may have to be demoted before it can be stopped; records of older versions do not say, so it may. */
      readonly isPromotable: boolean;
    } & ProgramId);

/** It lies in the runtime directory, which is memory: what it says and what it tells of both end with the machine. */
export class ProgramRecord {
  readonly #file: string;
  readonly #items: Set<RecordedItem>;

  /** @param inherited what an earlier host left, and is not known to have ended. */
  constructor(socketPath: string, inherited: readonly RecordedItem[]) {
    this.#file = programRecordFile(socketPath);
    this.#items = new Set(inherited);
  }

  get items(): readonly RecordedItem[] {
    return [...this.#items];
  }

  /** @throws when it can't be written. */
  add(item: RecordedItem): void {
    this.#items.add(item);
    this.#write();
  }

  /** Where that can't be written, the next host ends once more what has ended, unless something else is written before. */
  remove(item: RecordedItem): void {
    if (!this.#items.delete(item)) return;
    try {
      this.#write();
    } catch {
      // Nobody is to be left without programs for it.
    }
  }

  /** Nothing is left of anything. */
  clear(): void {
    rmSync(this.#file, { force: true });
  }

  /** Written beside the old one and renamed, because this process may be killed at any moment. @throws when it can't. */
  #write(): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify([...this.#items]), { mode: MODE });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** What a host left that is dead, or about to be; empty: nothing, or nobody knows. */
export function readProgramRecord(socketPath: string): readonly RecordedItem[] {
  let text: string;
  try {
    text = readFileSync(programRecordFile(socketPath), "utf8");
  } catch {
    return [];
  }
  return readList(parseJson(text), readItem) ?? [];
}

/**
 * SIGKILL to all processes that are on record, at once: what can be done by whoever must not wait. Units and resource agents,
 * which have to be asked, are for the next host.
 */
export function killRecorded(items: readonly RecordedItem[]): void {
  for (const item of items) {
    if (item.kind === "group") killGroups(item.paths);
    if (item.kind === "mark") killMarked(item.mark);
  }
}

/** Those that live and would be killed so. */
export const recordedProcesses = (items: readonly RecordedItem[]): readonly number[] =>
  items.flatMap((item) => {
    if (item.kind === "group") return item.paths.flatMap(membersBelow);
    return item.kind === "mark" ? membersOf(item.mark) : [];
  });

/** Somebody was asked to end what is on record. */
export interface Dismissal {
  readonly item: RecordedItem;
  /** The process that asks; it ends with status 0 when the item has ended. */
  readonly pid: number | undefined;
}

/**
 * Has units and resources on record ended by whom they belong to, without waiting for it. The next host sees to it that they
 * are, in any case.
 */
export function dismissRecorded(items: readonly RecordedItem[]): readonly Dismissal[] {
  return items.flatMap((item): readonly Dismissal[] => {
    if (item.kind === "unit") return [{ item, pid: dismiss("/bin/sh", ["-c", END_UNIT, "locum-end", item.unit]) }];
    if (item.kind !== "ocf") return [];
    const environment = ocfEnvironment(item.instance, { name: "stop", timeout: RECORDED_STOP_TIMEOUT });
    const file = ocfAgentFile(item.instance);
    const pid = item.isPromotable
      ? dismiss("/bin/sh", ["-c", END_PROMOTED, "locum-end", file], environment)
      : dismiss(file, ["stop"], environment);
    return [{ item, pid }];
  });
}

function dismiss(
  file: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): number | undefined {
  try {
    const child = spawn(file, words, { stdio: "ignore", detached: true, cwd: "/", env: { PATH, ...environment } });
    child.on("error", () => undefined);
    child.unref();
    return child.pid;
  } catch {
    // No room for it: it stays on record, for the next host.
    return undefined;
  }
}

/** Programs that an item still has something of; a unit and a resource: as long as it is on record. */
export function programsOf(item: RecordedItem): readonly ProgramId[] {
  if (item.kind === "group") return populatedBelow(item.paths).map(programOf);
  if (item.kind === "mark") return namesMarked(item.mark).map(programOf);
  return [{ service: item.service, program: item.program }];
}

/** Programs of which something may still run, each with the run that stands for it: no agent counts its own runs so. */
export function programsLeft(items: readonly RecordedItem[]): readonly ProgramLeft[] {
  const programs = new Map(items.flatMap(programsOf).map((each) => [`${each.service} ${each.program}`, each]));
  return [...programs.values()].map(({ service, program }, index) => ({ run: -1 - index, service, program }));
}

/** Groups of a record whose processes have ended. @returns whether all had. */
export function removeRecorded(items: readonly RecordedItem[]): boolean {
  const groups = items.flatMap((item) => (item.kind === "group" ? [item.paths] : []));
  const empty = groups.filter((paths) => !arePopulated(paths));
  empty.forEach(removeGroups);
  return empty.length === groups.length;
}

/**
 * Takes the record away with what is left of its groups, when all of its processes have ended. Units and resources stay on
 * record for the next host, which waits for them. A host that lives ends them itself, by commands in its groups, which are
 * empty in between; then it takes all of that away.
 * @returns whether there is nothing more to do.
 */
export function forgetRecorded(socketPath: string): boolean {
  const items = readProgramRecord(socketPath);
  const areProcesses = items.every(({ kind }) => kind === "group" || kind === "mark");
  if (!areProcesses && isLocked(hostLockFile(socketPath))) return false;
  if (!removeRecorded(items)) return false;
  if (areProcesses) rmSync(programRecordFile(socketPath), { force: true });
  return true;
}

function readItem(item: JsonObject): RecordedItem | undefined {
  const { kind, paths, mark, unit, instance, isPromotable, service, program } = item;
  if (kind === "group" && isTextList(paths)) return { kind, paths };
  // An empty mark would be everybody's.
  if (kind === "mark" && isText(mark) && mark.length > 1) return { kind, mark };
  if (!isText(service) || !isText(program)) return undefined;
  const of = { service: serviceName(service), program: programName(program) };
  if (kind === "unit" && isText(unit)) return { kind, unit, ...of };
  const read = kind === "ocf" && isJsonObject(instance) ? readInstance(instance) : undefined;
  return read === undefined ? undefined : { kind: "ocf", instance: read, isPromotable: isPromotable !== false, ...of };
}

function readInstance({ root, provider, type, parameters, name, meta }: JsonObject): OcfInstance | undefined {
  if (!isText(root) || !isText(provider) || !isText(type) || !isText(name) || !isJsonObject(parameters))
    return undefined;
  const told = isJsonObject(meta) ? { meta: textsOf(meta) } : {};
  return { root, provider, type, name, parameters: textsOf(parameters), ...told };
}

const textsOf = (record: JsonObject): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(record).flatMap(([key, value]): [string, string][] => (isText(value) ? [[key, value]] : [])),
  );
