import { close, socket } from "./libc.js";
import { SOCK } from "./socket-options.js";
import { checked } from "./system-call-error.js";

export interface SocketKind {
  readonly domain: number;
  /** SOCK_*; closed in programs that are started, always. */
  readonly type: number;
  readonly protocol: number;
}

/**
 * Opens a socket and prepares it; one that can't be prepared is closed again, so that whoever tries again and again
 * does not run out of descriptors.
 * @param purpose what it is for, to follow the word "Cannot".
 * @throws {SystemCallError} when the kernel refuses it.
 */
export function openSocket(kind: SocketKind, purpose: string, prepare: (fd: number) => void): number {
  const fd = checked(socket(kind.domain, kind.type | SOCK.cloexec, kind.protocol), "socket", purpose);
  try {
    prepare(fd);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}
