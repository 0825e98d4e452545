import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeError } from "../../base/locum-error.js";
import type { InterfaceConfiguration } from "../../model/interface-configuration.js";
import { replaceFile } from "./atomic-file.js";
import { isMissing } from "./file-error.js";
import type { Impairments } from "../impairments.js";
import { readInterface } from "./stored-interface.js";
import { isJsonObject, parseJson, readList } from "./stored-json.js";
import { WriteBehind } from "./write-behind.js";

const FILE = "interfaces.json";
const FORMAT = 1;
const PART = "path snapshot";

/**
 * What the interfaces of the path groups were configured with when all was well, for a failed one that can't be asked any
 * more. It lies in the state directory, since an interface may be gone when the machine starts. Nobody waits for it.
 */
export class SnapshotFile {
  readonly #path: string;
  readonly #impairments: Impairments;
  readonly #writer = new WriteBehind({
    write: () => this.#write(),
    refused: (error) => this.#impairments.raise(PART, `cannot write ${this.#path}: ${describeError(error)}`),
  });
  /** Newer than what is on disk; at most one, because only the newest counts. */
  #wanted: readonly InterfaceConfiguration[] | undefined;

  /** @param directory the state directory, which this agent has for itself. */
  constructor(directory: string, impairments: Impairments) {
    this.#path = join(directory, FILE);
    this.#impairments = impairments;
  }

  /** What was saved last; empty when there is none, or when it is damaged, which is reported. */
  read(): readonly InterfaceConfiguration[] {
    const text = this.#readText();
    if (text === undefined) return [];
    const value = parseJson(text);
    const isKnown = isJsonObject(value) && value["format"] === FORMAT;
    const interfaces = isKnown ? readList(value["interfaces"], readInterface) : undefined;
    if (interfaces === undefined) this.#impairments.raise(PART, `${this.#path} is damaged and was ignored`);
    return interfaces ?? [];
  }

  /** Keeps it, soon. */
  save(interfaces: readonly InterfaceConfiguration[]): void {
    this.#wanted = interfaces;
    this.#writer.wake();
  }

  /** Resolves when the newest is on disk, or was refused once more. */
  async close(): Promise<void> {
    await this.#writer.close();
  }

  async #write(): Promise<void> {
    const next = this.#wanted;
    if (next === undefined) return;
    await replaceFile(this.#path, `${JSON.stringify({ format: FORMAT, interfaces: next })}\n`);
    if (this.#wanted === next) this.#wanted = undefined;
    this.#impairments.clear(PART);
  }

  #readText(): string | undefined {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      if (!isMissing(error)) this.#impairments.raise(PART, `cannot read ${this.#path}: ${describeError(error)}`);
      return undefined;
    }
  }
}
