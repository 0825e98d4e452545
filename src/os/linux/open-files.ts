import { getrlimit, setrlimit } from "./libc.js";

const RLIMIT_NOFILE = 7;
/** struct rlimit: how much is allowed now, and how much a process may allow itself. */
const RLIMIT_BYTES = 16;

/** What most programs are made for, and systemd gives to them; they may raise it to what the service manager permits. */
export const OPEN_FILES = 1_024;

/** So many files may be open in this process, and in what it starts: Node has raised that to all that is permitted. */
export function limitOpenFiles(): void {
  const limit = new Uint8Array(RLIMIT_BYTES);
  const view = new DataView(limit.buffer);
  if (getrlimit(RLIMIT_NOFILE, limit) < 0 || view.getBigUint64(0, true) <= BigInt(OPEN_FILES)) return;
  view.setBigUint64(0, BigInt(OPEN_FILES), true);
  setrlimit(RLIMIT_NOFILE, limit);
}
