import { parseIpAddress } from "../../base/ip-address.js";
import type { Impairments } from "../impairments.js";
import { RuntimeRecord } from "./runtime-record.js";
import { isText, type JsonObject } from "./stored-json.js";

/**
 * The record of the service addresses to which routes of ours may be in the kernel, made before the first of them, so that
 * the next run of the agent takes away what a killed one left.
 */
export class RouteRecord {
  readonly #record: RuntimeRecord<{ readonly address: string }>;

  constructor(path: string, impairments: Impairments) {
    this.#record = new RuntimeRecord({ path, part: "route record", impairments, readItem: readEntry });
  }

  read(): readonly string[] {
    return this.#record.read().map(({ address }) => address);
  }

  write(addresses: readonly string[]): void {
    this.#record.write(addresses.map((address) => ({ address })));
  }
}

function readEntry({ address }: JsonObject): { readonly address: string } | undefined {
  return isText(address) && parseIpAddress(address) !== undefined ? { address } : undefined;
}
