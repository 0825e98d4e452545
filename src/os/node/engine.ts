import { spawnSync } from "node:child_process";
import { execve, fcntl } from "../linux/libc.js";
import { errnoName } from "../linux/system-call-error.js";

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

/** Options that are not in force, and why. */
export interface MissingOptions {
  readonly options: readonly string[];
  readonly why: string;
}

/**
 * Goes on with these options of Node: if they are not in force, this program is started anew with them, in this same
 * process, as an engine that runs does not bear a change of them. Returns when those are in force that can be.
 * @returns those that can't be.
 */
export function runWith(options: readonly string[]): MissingOptions | undefined {
  const missing = options.filter((option) => !process.execArgv.includes(option));
  if (missing.length === 0) return undefined;
  const known = areKnown(missing) ? missing : missing.filter((option) => areKnown([option]));
  const problem = known.length === 0 ? undefined : startAnew(known);
  return { options: missing, why: problem ?? `Node ${process.version} does not know them` };
}

/** Whether this Node starts with these options: one that it does not know would end the program that was to go on. */
function areKnown(options: readonly string[]): boolean {
  return spawnSync(process.execPath, [...options, "--version"], { stdio: "ignore" }).status === 0;
}

/** @returns why not; otherwise it does not return. */
function startAnew(options: readonly string[]): string {
  // Node marks all descriptors that it inherited as its own alone.
  for (const fd of STANDARD_STREAMS) fcntl(fd, F_SETFD, 0);
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  const argv = [process.execPath, ...process.execArgv, ...options, ...process.argv.slice(1)];
  return `execve answers ${errnoName(-execve(process.execPath, argv, environment))}`;
}
