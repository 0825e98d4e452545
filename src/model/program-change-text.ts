import { listText } from "./note-text-reason.js";
import type { ProgramChange } from "./reload.js";

/** `program db/postgresql begins anew (run changed)`. */
export function programChangeText({ service, program, how, keys }: ProgramChange): string {
  const fate = { "begins-anew": "begins anew", "goes-on": "runs on", ends: "ends" }[how];
  return `program ${service}/${program} ${fate}${keys.length === 0 ? "" : ` (${listText(keys)} changed)`}`;
}
