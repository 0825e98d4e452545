/* What tests of real programs run: a redis-server with a warm standby, and what may run on one node only. */
import type { Trial } from "../../src/main/trial/trial.js";

export const CACHE_ADDRESS = "192.168.1.2";
export const REDIS = "redis-server";

/** With which a program ends whose lock another one has. */
export const LOCK_TAKEN = 99;

/** A command that takes a lock which all nodes see, as it stands in a cluster file. */
export const alone = (lock: string, command: readonly string[]): string =>
  JSON.stringify(["/usr/bin/flock", "-F", "-n", "-E", String(LOCK_TAKEN), lock, ...command]);

/** Where a standby gets its data from: the address of the service, wherever it is. */
const REDIS_START = `#!/bin/sh
[ "$LOCUM_ROLE" = holder ] || set -- --replicaof ${CACHE_ADDRESS} 6379
exec /usr/bin/redis-server --dir /run --protected-mode no --save "" --repl-diskless-sync-delay 0 --shutdown-timeout 0 "$@"
`;
const REDIS_ROLE = `#!/bin/sh
if [ "$1" = holder ]; then exec redis-cli replicaof no one; else exec redis-cli replicaof ${CACHE_ADDRESS} 6379; fi
`;

/** Puts `/etc/locum/redis-start` and `/etc/locum/redis-role` on every node. */
export function writeRedisScripts(trial: Trial): void {
  for (const node of trial.nodes) {
    trial.host(node).writeFile("/etc/locum/redis-start", REDIS_START, 0o755);
    trial.host(node).writeFile("/etc/locum/redis-role", REDIS_ROLE, 0o755);
  }
}

/** Asks the redis-server behind the service's address, as a client does. @returns its answer, or why there is none */
export const askRedis = (trial: Trial, ...words: readonly string[]): Promise<string> =>
  trial
    .host("client")
    .run(["timeout", "2", "redis-cli", "-h", CACHE_ADDRESS, ...words])
    .catch(String);
