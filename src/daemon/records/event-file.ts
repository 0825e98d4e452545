import { readFileSync } from "node:fs";
import { appendFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { describeError } from "../../base/locum-error.js";
import type { AgentEvent } from "../../model/event.js";
import { nodeName } from "../../model/names.js";
import type { Note } from "../../model/note.js";
import { isMissing } from "./file-error.js";
import type { Impairments } from "../impairments.js";
import { isCount, isJsonObject, isText, parseJson, type JsonObject } from "./stored-json.js";
import { WriteBehind } from "./write-behind.js";

/** Events that wait for the disk; while it doesn't write, the oldest of them are left out. */
export const UNWRITTEN_MAX = 1_000;
/** A file of this size becomes the old one, and the old one before it is gone. */
const FILE_BYTES_MAX: number = 2 * 2 ** 20;
const MODE = 0o600;

export interface EventFileOptions {
  readonly directory: string;
  /** Version of the program: only its own notes are understood when they are read back. */
  readonly program: string;
  readonly impairments: Impairments;
}

/** What earlier runs left: their events, and the first number that none of them used. */
export interface PastEvents {
  readonly events: readonly AgentEvent[];
  readonly nextSequence: number;
}

/**
 * The history on disk: one event a line, in two files of bounded size. It is written behind the agent's back and never
 * synced; what a crash of the machine loses here is still in the system's log.
 */
export class EventFile {
  readonly #options: EventFileOptions;
  readonly #unwritten: string[] = [];
  readonly #writer = new WriteBehind({
    write: () => this.#writeAll(),
    refused: (error) => this.#impaired(error),
  });

  constructor(options: EventFileOptions) {
    this.#options = options;
  }

  /** Lines that are not understood are skipped: the last one may be cut off, others are of another version. */
  read(): PastEvents {
    const lines = [this.#oldPath, this.#path].flatMap((path) => this.#readText(path).split("\n"));
    const records = lines.map(parseJson).filter((value) => isJsonObject(value));
    const events = records.map((record) => readEvent(record, this.#options.program));
    const last = Math.max(0, ...records.slice(-1).map(({ sequence }) => (isCount(sequence) ? sequence : 0)));
    // What a crash kept from the disk also had numbers.
    return { events: events.filter((event) => event !== undefined), nextSequence: last + UNWRITTEN_MAX };
  }

  append(event: AgentEvent): void {
    if (this.#unwritten.length >= UNWRITTEN_MAX) this.#unwritten.shift();
    this.#unwritten.push(`${JSON.stringify({ ...event, program: this.#options.program })}\n`);
    this.#writer.wake();
  }

  /** Resolves when all events are on disk, or were refused once more. */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  get #path(): string {
    return join(this.#options.directory, "events.jsonl");
  }

  get #oldPath(): string {
    return join(this.#options.directory, "events.old.jsonl");
  }

  #readText(path: string): string {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (!isMissing(error)) this.#impaired(error);
      return "";
    }
  }

  async #writeAll(): Promise<void> {
    const lines = this.#unwritten.splice(0);
    try {
      if (lines.length > 0) await this.#write(lines.join(""));
    } catch (error) {
      const room = UNWRITTEN_MAX - this.#unwritten.length;
      this.#unwritten.unshift(...lines.slice(Math.max(0, lines.length - room)));
      throw error;
    }
    this.#options.impairments.clear("event history");
  }

  async #write(text: string): Promise<void> {
    await appendFile(this.#path, text, { mode: MODE });
    const { size } = await stat(this.#path);
    if (size > FILE_BYTES_MAX) await rename(this.#path, this.#oldPath);
  }

  #impaired(error: unknown): void {
    const { impairments, directory } = this.#options;
    impairments.raise("event history", `events can't be kept in ${directory}: ${describeError(error)}`);
  }
}

function readEvent({ sequence, atMs, node, note, program }: JsonObject, ownProgram: string): AgentEvent | undefined {
  if (program !== ownProgram || !isCount(sequence) || !isCount(atMs) || !isText(node) || !isNote(note))
    return undefined;
  return { sequence, atMs, node: nodeName(node), note };
}

const isNote = (value: unknown): value is Note => isJsonObject(value) && isText(value["code"]);
