import { readFileSync } from "node:fs";
import { errnoOf } from "../node/file-refusal.js";

/** Of this process or the machine: nothing can be opened then, whatever is there. */
const NO_ROOM: ReadonlySet<string | undefined> = new Set(["EMFILE", "ENFILE", "ENOMEM"]);

/** What is in a file of the kernel's; empty: it is gone, or never was there. Undefined: there is no room to open it. */
export function readIfKnown(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return NO_ROOM.has(errnoOf(error)) ? undefined : "";
  }
}

/** The same for whom nothing is worse than too little. */
export const readQuietly = (file: string): string => readIfKnown(file) ?? "";
