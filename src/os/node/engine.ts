import { execve, fcntl } from "../linux/libc.js";

/**
 * How Node's engine is to run in an agent, where steady times count for more than throughput:
 *
 * - It collects garbage without helpers. Those are ordinary threads, and a collection that shares its work with them
 *   ends only when the last of them has had its turn: on a busy machine, a thread with real-time priority would wait
 *   for all other programs.
 * - It keeps code that has not run for long. Otherwise that of a takeover would be compiled anew in every takeover.
 * - A small young generation stays in the processor's cache.
 * - One helper is enough for what is left, which is compiling.
 */
export const STEADY_ENGINE: readonly string[] = [
  "--single-threaded-gc",
  "--no-flush-bytecode",
  "--max-semi-space-size=1",
  "--v8-pool-size=1",
];

const F_SETFD = 2;
const STANDARD_STREAMS = [0, 1, 2];

/**
 * Goes on with these options of Node: if they are not in force, this program is started anew with them, in this same
 * process, as an engine that runs does not bear a change of them. Returns when they are in force, or can't be.
 */
export function runWith(options: readonly string[]): void {
  const missing = options.filter((option) => !process.execArgv.includes(option));
  if (missing.length === 0) return;
  // Node marks all descriptors that it inherited as its own alone.
  for (const fd of STANDARD_STREAMS) fcntl(fd, F_SETFD, 0);
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  execve(process.execPath, [process.execPath, ...process.execArgv, ...missing, ...process.argv.slice(1)], environment);
}
