import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const FILE = new URL("../../../test/corpus/linux-kernel.txt", import.meta.url);

/** What a real kernel said, by name. */
export const KERNEL_CORPUS: ReadonlyMap<string, Uint8Array> = new Map(
  readFileSync(FILE, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" "))
    .map(([name = "", hexadecimal = ""]) => [name, Uint8Array.from(Buffer.from(hexadecimal, "hex"))]),
);

export const fromKernel = (name: string): Uint8Array => KERNEL_CORPUS.get(name) ?? assert.fail(`no ${name} in corpus`);
