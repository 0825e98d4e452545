import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { describeError, LocumError } from "../base/locum-error.js";
import { doorOf, keeperSocket, notifyOf } from "./programs/program-protocol.js";
import type { LockFile } from "./records/state-directory.js";

const DIRECTORY_MODE = 0o755;
/** Whoever may open the file may lock it, and keep the next agent from its start. */
const PID_FILE_MODE = 0o600;

/** `sun_path` of unix(7), without its end. */
const SOCKET_BYTES_MAX = 107;
/** Greater than the number of any run of a program. */
const RUN_MAX = 2 ** 32 - 1;
/** What the sockets for programs add to the path of the agent's. */
const PROGRAM_SOCKET_BYTES = Math.max(
  notifyOf("", RUN_MAX).length,
  doorOf("", RUN_MAX).length,
  keeperSocket("").length,
);

/** Where a running agent is found: the API's socket and the files beside it. */
export interface RuntimePlace {
  readonly socket: string;
  readonly ledger: string;
  /** Failovers of paths that are under way. */
  readonly plans: string;
  /** Service addresses to which there may be routes of ours. */
  readonly routes: string;
}

/**
 * Takes the place of a socket for this process until it ends: makes its directory, and locks the file beside it that
 * names the process.
 * @throws {LocumError} when another agent has it, or the directory can't be used, or the path leaves no room for the
 * sockets of programs beside it.
 */
export function takeRuntimePlace(socketPath: string, lock: LockFile): RuntimePlace {
  const socket = resolve(socketPath);
  const pidFile = `${socket}.pid`;
  const bytesMax = SOCKET_BYTES_MAX - PROGRAM_SOCKET_BYTES;
  if (Buffer.byteLength(socket) > bytesMax) throw unusable(socket, `its path is longer than ${bytesMax} bytes`);
  try {
    mkdirSync(dirname(socket), { recursive: true, mode: DIRECTORY_MODE });
    writeFileSync(pidFile, "", { flag: "a", mode: PID_FILE_MODE });
    chmodSync(pidFile, PID_FILE_MODE);
  } catch (error) {
    throw unusable(socket, describeError(error), error);
  }
  const answer = lock(pidFile);
  if (!answer.ok) throw answer.problem === "held" ? heldBy(pidFile, socket) : unusable(socket, "it can't be locked");
  writeFileSync(pidFile, `${process.pid}\n`);
  return { socket, ledger: `${socket}.ledger`, plans: `${socket}.plans`, routes: `${socket}.routes` };
}

function heldBy(pidFile: string, socket: string): LocumError {
  return new LocumError({
    code: "agent.already-running",
    message: `Cannot use ${socket}: another agent (process ${readFileSync(pidFile, "utf8").trim()}) has it`,
    advice: "Stop that agent, or give this one its own --socket and --state",
  });
}

const unusable = (socket: string, why: string, cause?: unknown): LocumError =>
  new LocumError(
    {
      code: "agent.socket-refused",
      message: `Cannot use ${socket}: ${why}`,
      advice: "Run the agent as root, or choose another --socket",
    },
    cause,
  );
