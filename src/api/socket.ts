import { chmod, lstat, mkdir, unlink } from "node:fs/promises";
import { createConnection, type Server } from "node:net";
import { dirname } from "node:path";
import { describeError, LocumError } from "../base/locum-error.js";

/** Owner and group may connect, and so may give orders. */
const SOCKET_MODE = 0o660;

/** Listens on a unix socket, in the place of one that a dead process left. @throws {LocumError} when it can't be had. */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  try {
    await makeDirectory(dirname(path));
    await removeStaleSocket(path);
    await listen(server, path);
    // Until here only the owner may connect: a socket is made with the umask, which takes writing from all others.
    await chmod(path, SOCKET_MODE);
  } catch (error) {
    if (error instanceof LocumError) throw error;
    throw new LocumError(
      {
        code: "socket-failed",
        message: `Cannot listen on ${path}: ${describeError(error)}`,
        advice: "Name a path where this user may write, with --socket",
        fields: { path },
      },
      error,
    );
  }
}

/** One level only: a path whose parent is missing is rather a typing error than a wish. */
async function makeDirectory(path: string): Promise<void> {
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return;
  const fields = { path };
  if (!stats.isSocket()) {
    const message = `Cannot listen on ${path}: a file that is no socket is there`;
    throw new LocumError({ code: "socket-path-taken", message, advice: "Remove it, or name another path", fields });
  }
  if (await answers(path)) {
    const message = `Cannot listen on ${path}: another agent does`;
    throw new LocumError({ code: "socket-in-use", message, advice: "Stop it first, or name another path", fields });
  }
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}
