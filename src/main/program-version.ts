import { readFileSync } from "node:fs";

/** The version of this program, from its package. */
export function programVersion(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  const description: unknown = JSON.parse(text);
  const hasVersion = typeof description === "object" && description !== null && "version" in description;
  return hasVersion ? String(description.version) : "unknown";
}
