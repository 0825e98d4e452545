import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { describeError } from "../base/locum-error.js";
import { serviceName } from "../model/names.js";
import type { LedgerEntry } from "../model/node-io.js";
import { isMissing } from "./file-error.js";
import type { Impairments } from "./impairments.js";
import { isCount, isText, parseJson, readList, type JsonObject } from "./stored-json.js";

const MODE = 0o600;

/**
 * The record of the addresses that are ours on this machine, made before each of them is added, so that the next run of
 * the agent knows what a killed one left behind.
 *
 * It lies in the runtime directory, which is memory: addresses and record both end with the machine, so nothing is
 * synced. It is written in one piece beside the old one and renamed, because the agent may be killed at any moment.
 */
export class Ledger {
  readonly #path: string;
  readonly #impairments: Impairments;
  #written: string | undefined;

  constructor(path: string, impairments: Impairments) {
    this.#path = path;
    this.#impairments = impairments;
  }

  /** What the last run left; empty when there was none. */
  read(): readonly LedgerEntry[] {
    const text = this.#readText();
    if (text === undefined) return [];
    const entries = readList(parseJson(text), readEntry);
    if (entries === undefined) this.#impairments.raise("ledger", `${this.#path} is not a ledger and was ignored`);
    return entries ?? [];
  }

  /** Availability goes first: an address whose record is refused is still served, and the refusal reported. */
  write(entries: readonly LedgerEntry[]): void {
    const text = JSON.stringify(entries);
    if (text === this.#written) return;
    try {
      writeFileSync(`${this.#path}.new`, text, { mode: MODE });
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#impairments.raise("ledger", `cannot write ${this.#path}: ${describeError(error)}`);
      return;
    }
    this.#written = text;
    this.#impairments.clear("ledger");
  }

  #readText(): string | undefined {
    try {
      return readFileSync(this.#path, "utf8");
    } catch (error) {
      if (!isMissing(error)) this.#impairments.raise("ledger", `cannot read ${this.#path}: ${describeError(error)}`);
      return undefined;
    }
  }
}

function readEntry(item: JsonObject): LedgerEntry | undefined {
  const { service, epoch, interface: name, address, family, prefixLength } = item;
  if (!isText(service) || !isText(name) || !isText(address)) return undefined;
  if (!isCount(epoch) || !isCount(prefixLength) || (family !== 4 && family !== 6)) return undefined;
  return { service: serviceName(service), epoch, interface: name, address, family, prefixLength };
}
