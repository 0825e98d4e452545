/* The redis-server of docs/programs.md, as it stands there, on the nodes of a lab. */
import { readFileSync } from "node:fs";
import { known } from "../../src/base/assert.js";
import type { Trial } from "../../src/main/trial/trial.js";

const DOCUMENT = new URL("../../../docs/programs.md", import.meta.url);
const INSTALLED = "/usr/local/sbin/";
/** Where each node of the lab has files of its own. */
const IN_LAB = "/etc/locum/";

/** What stands in the code blocks of the page. */
const blocks = (): readonly string[] =>
  [...readFileSync(DOCUMENT, "utf8").matchAll(/^```(?:sh|yaml)\n(.*?)^```$/gms)].map(([, text = ""]) =>
    text.replaceAll(INSTALLED, IN_LAB),
  );

/** The service, but in a directory that each node of the lab has for itself, and as the lab's user. */
export const documentedRedis = (nodes: readonly string[]): string =>
  known(
    blocks().find((text) => text.includes(`command: [${IN_LAB}redis-role]`)),
    "the page has a redis-server with a role command",
  )
    .replace(/^services:\n/, "")
    .replace(/nodes: \[.*\]/, `nodes: [${nodes.join(", ")}]`)
    .replace("directory: /var/lib/redis", "directory: /run")
    .replace(/^ *user: redis\n/m, "");

/** Puts its scripts on every node. */
export function installRedis(trial: Trial): void {
  for (const script of blocks()) {
    const path = /^#!\/bin\/sh\n# (\S+redis-\S+)\n/.exec(script)?.[1];
    if (path !== undefined) for (const node of trial.nodes) trial.host(node).writeFile(path, script, 0o755);
  }
}

/** What the server on a node says of itself under `info replication`; undefined: it does not answer, or does not say that. */
export async function replicationOf(trial: Trial, node: string, key: string): Promise<string | undefined> {
  const told = await trial
    .host(node)
    .run(["timeout", "2", "redis-cli", "info", "replication"])
    .catch(() => "");
  return new RegExp(`^${key}:(\\S+)`, "m").exec(told)?.[1];
}
