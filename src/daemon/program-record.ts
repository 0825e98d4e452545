import { spawn } from "node:child_process";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type Duration, seconds } from "../base/time.js";
import { arePopulated, killGroups, removeGroups } from "../os/linux/control-groups.js";
import { killMarked } from "../os/linux/marked-processes.js";
import { PATH } from "../os/node/program-process.js";
import { ocfAgentFile, ocfEnvironment, type OcfInstance, runOcfAction } from "../os/node/ocf-agent.js";
import { systemctl } from "../os/node/systemd-units.js";
import { programRecordFile } from "./program-protocol.js";
import { isJsonObject, isText, isTextList, parseJson, readList, type JsonObject } from "./stored-json.js";

const MODE = 0o600;
/** What a resource may need to let go, when nobody waits for more. */
const STOP_TIMEOUT: Duration = seconds(20);
/** Killed processes are gone in milliseconds, unless the kernel can't end them. */
const EMPTY_MS_MAX = 1_000;
const EMPTY_POLL_MS = 5;

/** What a program host has, or may have, running; on record before it is made. */
export type RecordedItem =
  /** A control group's directories, in all hierarchies. */
  | { readonly kind: "group"; readonly paths: readonly string[] }
  /** Processes whose mark begins so. */
  | { readonly kind: "mark"; readonly mark: string }
  | { readonly kind: "unit"; readonly unit: string }
  | { readonly kind: "ocf"; readonly instance: OcfInstance };

/** It lies in the runtime directory, which is memory: what it says and what it tells of both end with the machine. */
export class ProgramRecord {
  readonly #file: string;
  readonly #items = new Set<RecordedItem>();

  constructor(socketPath: string) {
    this.#file = programRecordFile(socketPath);
  }

  add(item: RecordedItem): void {
    this.#items.add(item);
    this.#write();
  }

  remove(item: RecordedItem): void {
    if (this.#items.delete(item)) this.#write();
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

/**
 * Has units and resources on record ended by whom they belong to, without waiting for it: by whoever outlives an agent for a
 * moment. The next host sees to it that they are.
 */
export function dismissRecorded(items: readonly RecordedItem[]): void {
  for (const item of items) {
    if (item.kind === "unit") {
      dismiss("systemctl", ["kill", "--signal=SIGKILL", "--", item.unit]);
      dismiss("systemctl", ["stop", "--no-block", "--", item.unit]);
    }
    if (item.kind === "ocf") {
      dismiss(ocfAgentFile(item.instance), ["stop"], ocfEnvironment(item.instance, STOP_TIMEOUT));
    }
  }
}

function dismiss(file: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  const child = spawn(file, words, { stdio: "ignore", detached: true, cwd: "/", env: { PATH, ...environment } });
  child.on("error", () => undefined);
  child.unref();
}

/** Ends what is on record, and waits until it has, for as long as that can take. */
export async function endRecorded(items: readonly RecordedItem[]): Promise<void> {
  killRecorded(items);
  await Promise.all(items.map(endOne));
  for (let waited = 0; waited < EMPTY_MS_MAX && !removeRecorded(items); waited += EMPTY_POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, EMPTY_POLL_MS));
  }
}

async function endOne(item: RecordedItem): Promise<void> {
  if (item.kind === "unit") await systemctl(["stop", "--", item.unit]);
  if (item.kind === "ocf") await runOcfAction(item.instance, "stop", STOP_TIMEOUT);
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
 * record for the next host, which waits for them.
 * @returns whether there is nothing more to do.
 */
export function forgetRecorded(socketPath: string): boolean {
  const items = readProgramRecord(socketPath);
  if (!removeRecorded(items)) return false;
  if (items.every(({ kind }) => kind === "group" || kind === "mark"))
    rmSync(programRecordFile(socketPath), { force: true });
  return true;
}

function readItem(item: JsonObject): RecordedItem | undefined {
  const { kind, paths, mark, unit, instance } = item;
  if (kind === "group" && isTextList(paths)) return { kind, paths };
  // An empty mark would be everybody's.
  if (kind === "mark" && isText(mark) && mark.length > 1) return { kind, mark };
  if (kind === "unit" && isText(unit)) return { kind, unit };
  const read = kind === "ocf" && isJsonObject(instance) ? readInstance(instance) : undefined;
  return read === undefined ? undefined : { kind: "ocf", instance: read };
}

function readInstance({ root, provider, type, parameters, name }: JsonObject): OcfInstance | undefined {
  if (!isText(root) || !isText(provider) || !isText(type) || !isText(name) || !isJsonObject(parameters))
    return undefined;
  const values = Object.entries(parameters).flatMap(([key, value]): [string, string][] =>
    isText(value) ? [[key, value]] : [],
  );
  return { root, provider, type, name, parameters: Object.fromEntries(values) };
}
