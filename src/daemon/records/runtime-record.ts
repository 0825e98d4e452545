import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { describeError } from "../../base/locum-error.js";
import { isMissing } from "./file-error.js";
import type { ImpairedPart } from "../../model/note.js";
import type { Impairments } from "../impairments.js";
import { parseJson, readList, type JsonObject } from "./stored-json.js";

const MODE = 0o600;

export interface RuntimeRecordOptions<Item> {
  readonly path: string;
  /** Whose impairment it is when the record can't be read or written. */
  readonly part: ImpairedPart;
  readonly impairments: Impairments;
  readonly readItem: (item: JsonObject) => Item | undefined;
}

/**
 * A list that the next run of the agent needs to know if this one is killed, on record before what it says is done.
 *
 * It lies in the runtime directory, which is memory: what it says of the kernel and the record both end with the machine,
 * so nothing is synced. It is written in one piece beside the old one and renamed, because the agent may be killed at any
 * moment.
 */
export class RuntimeRecord<Item> {
  readonly #options: RuntimeRecordOptions<Item>;
  #written: string | undefined;

  constructor(options: RuntimeRecordOptions<Item>) {
    this.#options = options;
  }

  /** What the last run left; empty when there was none. */
  read(): readonly Item[] {
    const { path, part, impairments, readItem } = this.#options;
    const text = this.#readText();
    if (text === undefined) return [];
    const items = readList(parseJson(text), readItem);
    if (items === undefined) impairments.raise(part, `${path} is damaged and was ignored`);
    return items ?? [];
  }

  /** Availability goes first: what can't be recorded is done all the same, and the refusal reported. */
  write(items: readonly Item[]): void {
    const { path, part, impairments } = this.#options;
    const text = JSON.stringify(items);
    if (text === this.#written) return;
    try {
      writeFileSync(`${path}.new`, text, { mode: MODE });
      renameSync(`${path}.new`, path);
    } catch (error) {
      impairments.raise(part, `cannot write ${path}: ${describeError(error)}`);
      return;
    }
    this.#written = text;
    impairments.clear(part);
  }

  #readText(): string | undefined {
    const { path, part, impairments } = this.#options;
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if (!isMissing(error)) impairments.raise(part, `cannot read ${path}: ${describeError(error)}`);
      return undefined;
    }
  }
}
