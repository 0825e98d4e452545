import type { MadeInterface } from "../../model/kernel.js";
import { serviceName } from "../../model/names.js";
import type { LedgerEntry } from "../../model/node-io.js";
import type { Impairments } from "../impairments.js";
import { RuntimeRecord } from "./runtime-record.js";
import { parseMac } from "../../wire/mac-address.js";
import { isCount, isJsonObject, isText, type JsonObject } from "./stored-json.js";

/**
 * The record of the addresses that are ours on this machine, made before each of them is added, so that the next run of
 * the agent knows what a killed one left behind.
 */
export class Ledger extends RuntimeRecord<LedgerEntry> {
  constructor(path: string, impairments: Impairments) {
    super({ path, part: "ledger", impairments, readItem: readEntry });
  }
}

function readEntry(item: JsonObject): LedgerEntry | undefined {
  const { service, epoch, interface: name, address, family, prefixLength } = item;
  if (!isText(service) || !isText(name) || !isText(address)) return undefined;
  if (!isCount(epoch) || !isCount(prefixLength) || (family !== 4 && family !== 6)) return undefined;
  const made = readMade(item["made"]);
  const entry = { service: serviceName(service), epoch, interface: name, address, prefixLength };
  return { ...entry, family, ...(made === undefined ? {} : { made }) };
}

function readMade(value: unknown): MadeInterface | undefined {
  if (!isJsonObject(value)) return undefined;
  const { on, mac } = value;
  return isText(on) && isText(mac) && parseMac(mac) !== undefined ? { on, mac } : undefined;
}
